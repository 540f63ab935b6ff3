package io.waypost.store.jdbc.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.event.EventType;
import io.waypost.event.EventTypeStore;
import io.waypost.event.EventTypes;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Quotas;
import io.waypost.platform.Refused;
import io.waypost.platform.SecretBox;
import io.waypost.platform.SettableClock;
import io.waypost.platform.WaypostProperties;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.tenancy.ApiKey;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Idempotency;
import io.waypost.tenancy.Idempotency.Answer;
import io.waypost.tenancy.Idempotency.Begun;
import io.waypost.tenancy.Scope;
import io.waypost.tenancy.Tenant;
import io.waypost.tenancy.Tenants;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What the stores of tenants, keys, event types and remembered requests do, on both databases. */
class JdbcTenancyStoresTest {

    @Nested
    class OnH2 extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.h2();
        }
    }

    @Nested
    class OnPostgres extends Contract {
        @Override
        DataSource database() {
            return TestDatabases.postgres();
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Contract {

        private static final Caller ADMIN = new Caller(null, "admin", Set.of());
        private static final Caller ACME = new Caller("acme", "key_1", Set.of(Scope.PUBLISH));

        private final SettableClock clock = new SettableClock("2026-01-31T12:00:00.123456Z");
        private JdbcClient jdbc;
        private Tenants tenants;
        private Idempotency idempotency;

        abstract DataSource database();

        @BeforeAll
        void open() {
            jdbc = JdbcClient.create(database());
            tenants = new Tenants(new JdbcTenantStore(jdbc), clock);
            idempotency = new Idempotency(new JdbcIdempotencyStore(jdbc), new Reversing(), clock);
        }

        @Test
        void whatATenantMayHaveIsCounted() {
            tenants.create("counted", null);
            var quotas = new JdbcQuotas(jdbc, clock, settings());
            for (var kind : Quotas.Kind.values()) {
                quotas.requireRoom(kind, "counted", 2, 0);
                assertThatThrownBy(() -> quotas.requireRoom(kind, "counted", 3, 0))
                        .isInstanceOf(Invalid.class)
                        .hasMessageContaining("may have at most 2 " + kind.words())
                        .hasMessageContaining("waypost.quotas." + kind.setting());
            }
        }

        @Test
        void whatIsThereCountsAlsoIfAnotherNodeStoredIt() {
            tenants.create("elsewhere", null);
            var types = new EventTypes(new JdbcEventTypeStore(jdbc), (_, _, _, _) -> {});
            var quotas = new JdbcQuotas(jdbc, clock, settings());
            quotas.requireRoom(Quotas.Kind.EVENT_TYPES, "elsewhere", 0);
            types.put("elsewhere", "a.b", null, null, Json.read("\"0123456789\""));
            types.put("elsewhere", "a.c", null, null, null);

            clock.advance(Duration.ofSeconds(10));
            assertThatThrownBy(() -> quotas.requireRoom(Quotas.Kind.EVENT_TYPES, "elsewhere", 0))
                    .isInstanceOf(Invalid.class)
                    .hasMessageContaining("at most 2 event types");
            types.delete("elsewhere", "a.c");
            quotas.requireRoom(Quotas.Kind.EVENT_TYPES, "elsewhere", 0);
        }

        @Test
        void textsAreCountedTogether() {
            tenants.create("wordy", null);
            var types = new EventTypes(new JdbcEventTypeStore(jdbc), new JdbcQuotas(jdbc, clock, settings()));
            var long80 = Json.read("\"%s\"".formatted("a".repeat(80)));
            types.put("wordy", "a.b", null, null, long80);
            types.put("wordy", "a.b", null, null, long80);

            assertThatThrownBy(() -> types.put("wordy", "a.c", null, null, long80))
                    .isInstanceOf(Invalid.class)
                    .hasMessageContaining("at most 100 characters (waypost.quotas.schemas)");
        }

        private static WaypostProperties settings() {
            var source = new MapConfigurationPropertySource(Map.of(
                    "waypost.quotas.subscriptions", "2",
                    "waypost.quotas.connections", "2",
                    "waypost.quotas.sources", "2",
                    "waypost.quotas.event-types", "2",
                    "waypost.quotas.schemas", "100B",
                    "waypost.quotas.keys", "2"));
            return new Binder(source).bindOrCreate("waypost", WaypostProperties.class);
        }

        @Test
        void theDefaultTenantIsThereFromTheStart() {
            assertThat(tenants.exists("default")).isTrue();
            assertThat(tenants.list(Long.MAX_VALUE, 250)).extracting(Tenant::id).contains("default");
        }

        @Test
        void tenantsAreListedNewestFirstAndPaged() {
            var first = tenants.create("list-a", "First");
            var second = tenants.create("list-b", null);

            assertThat(first.name()).isEqualTo("First");
            assertThat(first.createdAt()).isEqualTo(clock.instant());
            assertThat(tenants.list(Long.MAX_VALUE, 1)).containsExactly(second);
            assertThat(tenants.list(second.no(), 1)).containsExactly(first);
            assertThat(tenants.exists("list-a")).isTrue();
            assertThat(tenants.exists("list-c")).isFalse();
        }

        @Test
        void aTenantIsMadeOnce() {
            tenants.create("twin", null);

            assertThatThrownBy(() -> tenants.create("twin", "x"))
                    .isInstanceOfSatisfying(
                            Refused.class, e -> assertThat(e.reason()).isEqualTo(Refused.Reason.CONFLICT));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "A", "_a", "-a", "a.b", "a b", "a/b", "\u00e4", "a\n"})
        void whatIsNoTenantIdIsRefused(String id) {
            assertThatThrownBy(() -> tenants.create(id, null)).isInstanceOf(Invalid.class);
            assertThat(tenants.exists(id)).isFalse();
        }

        @Test
        void aTenantIdHasAtMost63Characters() {
            assertThat(tenants.create("a".repeat(63), "n".repeat(200)).id()).hasSize(63);
            assertThatThrownBy(() -> tenants.create("a".repeat(64), "n".repeat(201)))
                    .isInstanceOfSatisfying(
                            Invalid.class, e -> assertThat(e.violations()).hasSize(2));
        }

        @Test
        void keysAreFoundByHashAndListedNewestFirst() {
            var store = new JdbcApiKeyStore(jdbc);
            tenants.create("keys", null);
            var old = new ApiKey(
                    "key_a", "keys", "old", Set.of(Scope.MANAGE, Scope.PUBLISH, Scope.READ), clock.instant());
            var young = new ApiKey("key_b", "keys", "young", Set.of(Scope.READ), clock.instant());

            store.create(old, "hash-a");
            store.create(young, "hash-b");

            assertThat(store.findByHash("hash-a")).contains(old);
            assertThat(store.findByHash("hash-c")).isEmpty();
            assertThat(store.list("keys")).containsExactly(young, old);
            assertThat(store.delete("default", "key_a")).isFalse();
            assertThat(store.delete("keys", "key_a")).isTrue();
            assertThat(store.findByHash("hash-a")).isEmpty();
        }

        @Test
        void eventTypesAreKeptToTheLetterAndTheirVersionChangesWithEachChange() {
            var store = new JdbcEventTypeStore(jdbc);
            var schema = Json.read("{\"type\":\"object\",\"title\":\"\\u0000\",\"minimum\":1.10}");
            var versions = new HashSet<String>();
            versions.add(store.versions(List.of("types")).getOrDefault("types", EventTypeStore.NONE));

            var b = new EventType("types", "b.made", null, null, null);
            var a = new EventType("types", "a.made", "An a", schema, Json.read("{\"n\":18859015918863553}"));
            store.put(b);
            versions.add(store.versions(List.of("types")).getOrDefault("types", EventTypeStore.NONE));
            store.put(a);
            versions.add(store.versions(List.of("types")).getOrDefault("types", EventTypeStore.NONE));
            store.put(new EventType("types", "b.made", "Now a b", null, null));
            versions.add(store.versions(List.of("types")).getOrDefault("types", EventTypeStore.NONE));

            assertThat(store.list("types")).hasSize(2).first().isEqualTo(a);
            assertThat(store.find("types", "b.made").orElseThrow().description())
                    .isEqualTo("Now a b");
            assertThat(store.find("other", "b.made")).isEmpty();
            assertThat(store.delete("types", "b.made")).isTrue();
            assertThat(store.delete("types", "b.made")).isFalse();
            versions.add(store.versions(List.of("types")).getOrDefault("types", EventTypeStore.NONE));
            assertThat(versions).hasSize(5);
        }

        @Test
        void theCheckOfTheSecretKeyIsMadeOnceAndReplaced() {
            var store = new JdbcKeyCheckStore(jdbc);
            assertThat(store.find()).isEmpty();

            store.create("first");
            store.create("second");
            assertThat(store.find()).contains("first");

            store.replace("third");
            assertThat(store.find()).contains("third");
        }

        @Test
        void theSameRequestGetsTheFirstAnswerAgain() {
            var answer =
                    new Answer(201, Map.of("Location", "/v1/subscriptions/sub_1"), bytes("{\"secret\":\"whsec_x\"}"));
            var claim = claim("again", "body");

            assertThat(begin(ADMIN, "again", "/v1/a", "body")).isInstanceOf(Begun.Running.class);
            idempotency.complete(claim, answer);

            var replay = (Begun.Replay) begin(ADMIN, "again", "/v1/a", "body");
            assertThat(replay.answer()).usingRecursiveComparison().isEqualTo(answer);
            assertThat(begin(ADMIN, "again", "/v1/a", "other")).isInstanceOf(Begun.Mismatch.class);
            assertThat(begin(ADMIN, "again", "/v1/b", "body")).isInstanceOf(Begun.New.class);
            assertThat(begin(ACME, "again", "/v1/a", "body")).isInstanceOf(Begun.New.class);
        }

        @Test
        void anAnswerIsForTheKeyThatAskedAsLongAsItMayDoTheSame() {
            idempotency.complete(claim(ACME, "whose"), new Answer(200, Map.of(), bytes("secret")));

            assertThat(claim(new Caller("acme", "key_2", Set.of(Scope.PUBLISH)), "whose"))
                    .isNotNull();
            assertThat(claim(new Caller("acme", "key_1", Set.of(Scope.READ)), "whose"))
                    .isNotNull();
            assertThat(claim(new Caller("acme", "key_1", Set.of(Scope.PUBLISH, Scope.READ)), "whose"))
                    .isNotNull();
            assertThat(begin(ACME, "whose", "/v1/a", "body")).isInstanceOf(Begun.Replay.class);
        }

        @Test
        void theNewest16MebibytesOfATenantAreRememberedAndNoOthers() {
            var many = new Caller("many", "key_1", Set.of(Scope.MANAGE));
            idempotency.complete(claim(ACME, "of another tenant"), new Answer(200, Map.of(), bytes("kept")));
            idempotency.leave(claim(many, "left"));
            clock.advance(Duration.ofMillis(1));
            var inHand = claim(many, "in hand");
            for (int i = 0; i < 20; i++) {
                clock.advance(Duration.ofMillis(1));
                idempotency.complete(claim(many, "n" + i), new Answer(200, Map.of(), new byte[1_000_000]));
            }

            assertThat(jdbc.sql("select sum(bytes) from idempotency_key where tenant = 'many'")
                            .query(Long.class)
                            .single())
                    .isBetween(10_000_000L, Idempotency.MOST_BYTES);
            assertThat(begin(many, "n19", "/v1/a", "body")).isInstanceOf(Begun.Replay.class);
            assertThat(begin(many, "n0", "/v1/a", "another")).isInstanceOf(Begun.New.class);
            assertThat(begin(many, "left", "/v1/a", "another")).isInstanceOf(Begun.New.class);
            assertThat(begin(many, "in hand", "/v1/a", "body")).isInstanceOf(Begun.Running.class);
            idempotency.complete(inHand, new Answer(200, Map.of(), bytes("done")));
            assertThat(begin(ACME, "of another tenant", "/v1/a", "body")).isInstanceOf(Begun.Replay.class);
        }

        @Test
        void anAnswerOfTwoMebibytesIsRemembered() {
            var answer = new Answer(200, Map.of(), new byte[2 * 1024 * 1024]);

            idempotency.complete(claim("large", "body"), answer);

            assertThat(begin(ADMIN, "large", "/v1/a", "body")).isInstanceOf(Begun.Replay.class);
        }

        @Test
        void whatWasReleasedMayBeDoneAgain() {
            idempotency.release(claim("released", "body"));

            assertThat(begin(ADMIN, "released", "/v1/a", "other")).isInstanceOf(Begun.New.class);
        }

        @Test
        void whatWasLeftMayBeDoneAgainAtOnceAndItsEventsAreKnown() {
            var first = claim("left", "body");
            idempotency.leave(first);

            assertThat(begin(ADMIN, "left", "/v1/a", "other")).isInstanceOf(Begun.Mismatch.class);
            var again = claim("left", "body");
            assertThat(again.repeatKey()).isEqualTo(first.repeatKey());
            assertThat(begin(ADMIN, "left", "/v1/a", "body")).isInstanceOf(Begun.Running.class);
            idempotency.complete(again, new Answer(202, Map.of(), bytes("done")));
            assertThat(begin(ADMIN, "left", "/v1/a", "body")).isInstanceOf(Begun.Replay.class);

            clock.advance(Duration.ofHours(24));
            assertThat(claim("left", "body").repeatKey()).isNotEqualTo(first.repeatKey());
        }

        @Test
        void givenARequestWhoseNodeDied_whenAMinuteHasPassed_thenItIsDoneByAnotherAndTheDeadHasNoSay() {
            var dead = claim("dead", "body");
            clock.advance(Duration.ofSeconds(60));

            var next = claim("dead", "body");
            assertThat(next.repeatKey()).isEqualTo(dead.repeatKey());
            idempotency.complete(dead, new Answer(500, Map.of(), bytes("late")));
            idempotency.release(dead);
            idempotency.complete(next, new Answer(200, Map.of(), bytes("done")));

            var replay = (Begun.Replay) begin(ADMIN, "dead", "/v1/a", "body");
            assertThat(replay.answer().status()).isEqualTo(200);
        }

        @Test
        void afterADayTheKeyIsFreeAgain() {
            idempotency.complete(claim("day", "body"), new Answer(200, Map.of(), bytes("")));
            clock.advance(Duration.ofHours(24));

            assertThat(begin(ADMIN, "day", "/v1/a", "other")).isInstanceOf(Begun.New.class);
            clock.advance(Duration.ofMinutes(1));
            assertThat(idempotency.purge(clock.instant())).isPositive();
            assertThat(begin(ADMIN, "day", "/v1/a", "third")).isInstanceOf(Begun.New.class);
        }

        @Test
        void ofManyAtOnceExactlyOneIsFirst() throws Exception {
            try (var threads = Executors.newFixedThreadPool(8)) {
                Callable<Begun> begin = () -> begin(ADMIN, "race", "/v1/a", "body");

                var results = threads.invokeAll(Collections.nCopies(16, begin));

                var news = 0;
                for (var result : results) {
                    news += result.get() instanceof Begun.New ? 1 : 0;
                }
                assertThat(news).isEqualTo(1);
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 256})
        void aKeyHas1To255Characters(int length) {
            assertThatThrownBy(() -> begin(ADMIN, "k".repeat(length), "/v1/a", "body"))
                    .isInstanceOf(Invalid.class);
        }

        private Idempotency.Claim claim(Caller caller, String key) {
            return ((Begun.New) begin(caller, key, "/v1/a", "body")).claim();
        }

        private Idempotency.Claim claim(String key, String body) {
            return ((Begun.New) begin(ADMIN, key, "/v1/a", body)).claim();
        }

        private Begun begin(Caller caller, String key, String path, String body) {
            return idempotency.begin(caller, key, path, bytes(body));
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Seals by reversing: enough to see that what is stored went through the box. */
    private record Reversing() implements SecretBox {

        @Override
        public String seal(Place place, String text) {
            return new StringBuilder(text).reverse().toString();
        }

        @Override
        public String open(Place place, String sealed) {
            return seal(place, sealed);
        }

        @Override
        public String sign(String purpose, String text) {
            return purpose + text;
        }
    }
}
