package io.waypost.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.waypost.platform.Invalid;
import io.waypost.platform.Refused;
import io.waypost.platform.Refused.Reason;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.Violation;
import io.waypost.platform.clock.SteppedClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessResourceFailureException;

class ApiKeysTest {

    @TempDir
    Path directory;

    private final SettableClock clock = new SettableClock("2026-01-31T12:00:00Z");
    private final InMemory store = new InMemory();
    private ApiKeys keys;

    @BeforeEach
    void start() {
        var properties = TestProperties.of(Map.of("waypost.admin-key", "top-secret"));
        keys = new ApiKeys(
                store, new Tenants(new OneTenant(), clock), new AdminKey(properties), (_, _, _, _) -> {}, clock);
    }

    @Test
    void theAdminKeyMayDoEverything() {
        var caller = keys.authenticate("top-secret").orElseThrow();

        assertThat(caller.admin()).isTrue();
        assertThat(caller.may(Scope.PUBLISH)).isTrue();
        assertThat(keys.authenticate("top-secret ")).isEmpty();
        assertThat(keys.authenticate("")).isEmpty();
    }

    @Test
    void aKeyIsShownOnceAndKnownByItsHash() {
        var created = keys.create("acme", "CI", Set.of(Scope.READ, Scope.PUBLISH));

        assertThat(created.text()).matches("wp_[A-Za-z0-9_-]{43}");
        assertThat(created.key().id()).startsWith("key_");
        assertThat(store.byHash.keySet()).noneMatch(hash -> hash.contains(created.text()));
        assertThat(keys.authenticate(created.text()))
                .contains(new Caller("acme", created.key().id(), Set.of(Scope.READ, Scope.PUBLISH)));
        assertThat(keys.authenticate(created.text() + "x")).isEmpty();
    }

    @Test
    void everythingWrongWithANewKeyIsSaidAtOnce() {
        assertThatThrownBy(() -> keys.create("acme", "", Set.of()))
                .isInstanceOfSatisfying(
                        Invalid.class, e -> assertThat(e.violations().stream().map(Violation::pointer))
                                .containsExactly("/name", "/scopes"));
        assertThatThrownBy(() -> keys.create("nobody", "CI", Set.of(Scope.READ)))
                .isInstanceOfSatisfying(
                        Refused.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND));
    }

    @Test
    void aKeyTakenBackHereStopsAtOnce() {
        var created = keys.create("acme", "CI", Set.of(Scope.READ));
        keys.authenticate(created.text());

        keys.delete("acme", created.key().id());

        assertThat(keys.authenticate(created.text())).isEmpty();
        assertThatThrownBy(() -> keys.delete("acme", created.key().id())).isInstanceOf(Refused.class);
    }

    @Test
    void aKeyTakenBackElsewhereStopsWithinFiveSeconds() {
        var created = keys.create("acme", "CI", Set.of(Scope.READ));
        keys.authenticate(created.text());
        store.byHash.clear();
        assertThat(keys.authenticate(created.text())).isPresent();

        // Every two seconds.
        keys.follow();

        assertThat(keys.authenticate(created.text())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {-3600, 3600})
    void howWrongTheHostsClockIsDoesNotMatter(int seconds) {
        var elsewhere = new ApiKeys(
                store,
                new Tenants(new OneTenant(), clock),
                new AdminKey(TestProperties.of(Map.of("waypost.admin-key", "top-secret"))),
                (_, _, _, _) -> {},
                SteppedClock.by(Duration.ofSeconds(seconds)));
        var created = elsewhere.create("acme", "CI", Set.of(Scope.READ));
        elsewhere.authenticate(created.text());
        elsewhere.follow();
        store.byHash.clear();

        assertThat(elsewhere.authenticate(created.text())).as("remembered").isPresent();
    }

    @Test
    void aKeyThatIsNotUsedForAWhileIsLookedUpAgainUntilItIsForgotten() {
        var created = keys.create("acme", "CI", Set.of(Scope.READ));
        keys.authenticate(created.text());
        for (int i = 0; i < 20; i++) {
            keys.follow();
        }
        store.byHash.clear();
        keys.follow();

        assertThat(keys.authenticate(created.text())).isEmpty();
    }

    @Test
    void whoUsesAKeyDoesNotAskTheDatabase() {
        var created = keys.create("acme", "CI", Set.of(Scope.READ));
        for (int i = 0; i < 10; i++) {
            assertThat(keys.authenticate(created.text())).isPresent();
            clock.advance(Duration.ofSeconds(5));
        }

        assertThat(store.lookUps).isEqualTo(1);
    }

    @Test
    void givenTheDatabaseIsAway_whenAKeyWasUsedInTheLastMinute_thenItStillWorks() {
        var created = keys.create("acme", "CI", Set.of(Scope.READ));
        keys.authenticate(created.text());
        store.away = true;

        clock.advance(Duration.ofSeconds(59));
        assertThat(keys.authenticate(created.text())).isPresent();
        clock.advance(Duration.ofSeconds(1));
        assertOverloaded(created.text());
        store.away = false;
        clock.advance(Duration.ofSeconds(5));
        assertThat(keys.authenticate(created.text())).isPresent();
    }

    @Test
    void givenTheDatabaseIsAway_whenAKeyIsNotKnown_thenTheCallerIsToldToComeBackAndTheDatabaseIsSpared() {
        store.away = true;

        assertOverloaded("wp_unknown");
        assertOverloaded("wp_other");

        assertThat(store.lookUps).isEqualTo(1);
        assertThat(keys.authenticate("top-secret")).isPresent();
    }

    @Test
    @Timeout(20)
    void givenTheDatabaseHangs_whenAKeyWasUsedInTheLastMinute_thenItWorksAtOnceAndAnyOtherIsToldToComeBack() {
        var created = keys.create("acme", "CI", Set.of(Scope.READ));
        keys.authenticate(created.text());
        store.hangs = new CountDownLatch(1);
        clock.advance(Duration.ofSeconds(59));

        try {
            assertThat(assertTimeoutPreemptively(Duration.ofSeconds(2), () -> keys.authenticate(created.text())))
                    .isPresent();
            assertTimeoutPreemptively(Duration.ofSeconds(8), () -> assertOverloaded("wp_unknown"));
        } finally {
            store.hangs.countDown();
        }
    }

    @Test
    void moreKeysThanAreRememberedWorkAllTheSame() {
        for (int i = 0; i < 10_010; i++) {
            store.create(new ApiKey("key_" + i, "acme", "x", Set.of(), clock.instant()), Hashes.hex("k" + i));
            keys.authenticate("k" + i);
        }

        assertThat(keys.authenticate("k10009")).isPresent();
        assertThat(keys.authenticate("k0")).isPresent();
    }

    @Test
    void theAdminKeyIsMadeOnceWhenNoneIsGiven() {
        var properties = TestProperties.of(
                Map.of("waypost.data-dir", directory.resolve("data").toString(), "waypost.admin-key", " "));

        var first = new AdminKey(properties);
        var again = new AdminKey(properties);

        assertThat(first.generated()).isTrue();
        assertThat(first.file()).content().matches("wp_[A-Za-z0-9_-]{43}\n").satisfies(key -> {
            assertThat(first.matches(Hashes.sha256(key.strip()))).isTrue();
            assertThat(again.matches(Hashes.sha256(key.strip()))).isTrue();
        });
    }

    private void assertOverloaded(String key) {
        assertThatThrownBy(() -> keys.authenticate(key)).isInstanceOfSatisfying(Refused.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.OVERLOADED);
            assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(5));
        });
    }

    private static final class InMemory implements ApiKeyStore {

        private final Map<String, ApiKey> byHash = new HashMap<>();
        private volatile boolean away;
        private volatile int lookUps;
        private volatile CountDownLatch hangs = new CountDownLatch(0);

        @Override
        public void create(ApiKey key, String hash) {
            byHash.put(hash, key);
        }

        @Override
        public Optional<ApiKey> findByHash(String hash) {
            lookUps++;
            try {
                hangs.await();
            } catch (InterruptedException e) {
                throw new DataAccessResourceFailureException("interrupted", e);
            }
            if (away) {
                throw new DataAccessResourceFailureException("away");
            }
            return Optional.ofNullable(byHash.get(hash));
        }

        @Override
        public Map<String, ApiKey> findByHashes(Collection<String> hashes) {
            var found = new HashMap<>(byHash);
            found.keySet().retainAll(hashes);
            return found;
        }

        @Override
        public List<ApiKey> list(String tenant) {
            return List.copyOf(byHash.values());
        }

        @Override
        public boolean delete(String tenant, String id) {
            return byHash.values()
                    .removeIf(key -> key.tenant().equals(tenant) && key.id().equals(id));
        }
    }

    private record OneTenant() implements TenantStore {

        @Override
        public Optional<Tenant> create(String id, String name, Instant now) {
            return Optional.empty();
        }

        @Override
        public boolean exists(String id) {
            return id.equals("acme");
        }

        @Override
        public List<Tenant> list(long before, int limit) {
            return List.of();
        }
    }
}
