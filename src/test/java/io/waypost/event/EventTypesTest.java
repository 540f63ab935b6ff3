package io.waypost.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.event.schema.EventSchema;
import io.waypost.event.schema.SchemaRules;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Refused.Reason;
import io.waypost.platform.Violation;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.QueryTimeoutException;

class EventTypesTest {

    private static final String NEEDS_EMAIL =
            "{\"type\":\"object\",\"required\":[\"email\"],\"properties\":{\"email\":{\"type\":\"string\"}}}";

    private final InMemory store = new InMemory();
    private final EventTypes types = new EventTypes(store, (_, _, _, _) -> {});

    static Stream<EventType> catalogue() {
        return Catalogue.read().values().stream();
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void everyTypeOfTheCatalogueIsDescribedAndItsExampleMatchesItsSchema(EventType type) {
        assertThat(TypeName.isOne(type.name())).isTrue();
        assertThat(type.description()).endsWith(".");
        assertThat(SchemaRules.violations(type.schema(), "")).isEmpty();
        assertThat(EventSchema.of(type.schema()).violations(type.example(), "")).isEmpty();
        assertThat(type.example().isObject()).isTrue();
    }

    @Test
    void theCatalogueHoldsThePlatformsTypes() {
        assertThat(types.list("acme"))
                .extracting(EventType::name)
                .hasSize(32)
                .isSorted()
                .contains("message.opened", "user.registered", "webhook.deactivated", "webhook.test", "campaign.sent");
        assertThat(types.find("acme", "message.opened").orElseThrow().description())
                .contains("campaign.opened");
        assertThat(types.find("acme", "message.clicked").orElseThrow().description())
                .contains("campaign.clicked");
    }

    @Test
    void theCatalogueCannotBeChangedAndHasNoSay() {
        assertRefused(Reason.CONFLICT, () -> types.put("acme", "message.opened", null, null, null));
        assertRefused(Reason.CONFLICT, () -> types.delete("acme", "message.opened"));
        assertThat(types.violations("acme", "message.opened", "7")).isEmpty();
    }

    @Test
    void anOwnSchemaDecidesWhatItsTenantMayPublish() {
        types.put("acme", "crm.added", "Someone new", json(NEEDS_EMAIL), json("{\"email\":\"a@example.com\"}"));

        assertThat(types.violations("acme", "crm.added", "{\"email\":\"b@example.com\"}"))
                .isEmpty();
        assertThat(types.violations("acme", "crm.added", "{\"email\":7}"))
                .containsExactly(new Violation("/data/email", "integer found, string expected"));
        assertThat(types.violations("acme", "crm.added", "null"))
                .extracting(Violation::pointer)
                .containsExactly("/data");
        assertThat(types.violations("acme", "crm.other", "null")).isEmpty();
        assertThat(types.violations("other", "crm.added", "null")).isEmpty();
    }

    @Test
    void ownTypesAreListedBesideTheCatalogueAndDeleted() {
        types.put("acme", "a.first", null, null, null);

        assertThat(types.list("acme")).first().extracting(EventType::name).isEqualTo("a.first");
        assertThat(types.list("other")).hasSize(32);
        types.delete("acme", "a.first");
        assertThat(types.find("acme", "a.first")).isEmpty();
        assertRefused(Reason.NOT_FOUND, () -> types.delete("acme", "a.first"));
    }

    @Test
    void aChangeMadeHereHoldsAtOnceAndOneMadeElsewhereWithinASecond() {
        types.put("acme", "crm.added", null, json(NEEDS_EMAIL), null);
        assertThat(types.violations("acme", "crm.added", "{}")).hasSize(1);
        types.put("acme", "crm.added", null, json("true"), null);
        assertThat(types.violations("acme", "crm.added", "{}")).isEmpty();

        store.put(new EventType("acme", "crm.added", null, json(NEEDS_EMAIL), null));
        assertThat(types.violations("acme", "crm.added", "{}")).isEmpty();
        types.follow();
        assertThat(types.violations("acme", "crm.added", "{}")).hasSize(1);
        store.delete("acme", "crm.added");
        types.follow();
        assertThat(types.violations("acme", "crm.added", "{}")).isEmpty();
    }

    @Test
    void whoPublishesDoesNotAskTheStoreAndItsListIsOnlyReadAfterAChange() {
        types.put("acme", "crm.added", null, json(NEEDS_EMAIL), null);
        store.calls.clear();

        for (int i = 0; i < 100; i++) {
            types.violations("acme", "crm.added", "{}");
        }
        assertThat(store.calls).containsExactly("versions", "list");
        types.follow();
        assertThat(store.calls).containsExactly("versions", "list", "versions");
        store.put(new EventType("acme", "crm.added", null, json("true"), null));
        types.follow();
        assertThat(store.calls).containsExactly("versions", "list", "versions", "versions", "versions", "list");
    }

    @Test
    void whatNobodyPublishesForIsNotFollowedForEver() {
        types.violations("acme", "crm.added", "{}");
        store.calls.clear();

        for (int i = 0; i < 1_000; i++) {
            types.follow();
        }

        assertThat(store.calls).hasSizeBetween(100, 200);
    }

    @Test
    @Timeout(20)
    void givenTheDatabaseHangs_whenManyPublish_thenTheLastKnownSchemasHoldAtOnce() throws Exception {
        types.put("acme", "crm.added", null, json(NEEDS_EMAIL), null);
        assertThat(types.violations("acme", "crm.added", "{}")).hasSize(1);
        store.hangs = new CountDownLatch(1);

        try (var publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = publishers.invokeAll(
                    Collections.<Callable<List<Violation>>>nCopies(
                            60, () -> types.violations("acme", "crm.added", "{}")),
                    5,
                    TimeUnit.SECONDS);
            assertThat(answers).noneMatch(Future::isCancelled);
            for (var answer : answers) {
                assertThat(answer.get()).hasSize(1);
            }
        } finally {
            store.hangs.countDown();
        }
    }

    @Test
    @Timeout(30)
    void givenTheDatabaseHangs_whenNothingIsKnownYet_thenAllAreToldToComeBackTogether() throws Exception {
        store.hangs = new CountDownLatch(1);

        try (var publishers = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = publishers.invokeAll(
                    Collections.<Callable<List<Violation>>>nCopies(
                            60, () -> types.violations("acme", "crm.added", "{}")),
                    15,
                    TimeUnit.SECONDS);
            assertThat(answers).noneMatch(Future::isCancelled);
            for (var answer : answers) {
                assertThatThrownBy(answer::get).hasCauseInstanceOf(QueryTimeoutException.class);
            }
            assertThat(store.calls).as("asked once for all").hasSize(1);
        } finally {
            store.hangs.countDown();
        }
    }

    @Test
    void aSampleIsTheExampleOrAnEmptyObject() {
        types.put("acme", "crm.added", null, null, json("{\"n\":1.10}"));
        types.put("acme", "crm.bare", null, null, null);

        assertThat(types.sample("acme", "crm.added")).isEqualTo(json("{\"n\":1.10}"));
        assertThat(types.sample("acme", "crm.bare")).isEqualTo(json("{}"));
        assertThat(types.sample("acme", "message.opened").has("contact")).isTrue();
        assertThat(types.sample("acme", "unknown.type")).isEqualTo(json("{}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "7                                                           | /schema",
                "{\"type\":\"strng\"}                                        | /schema/type",
                "{\"minimum\":\"1\"}                                         | /schema/minimum",
                "{\"properties\":{\"a\":{\"required\":\"b\"}}}               | /schema/properties/a/required",
                "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}   | /schema/$schema",
                "{\"$ref\":\"http://127.0.0.1:1/schema\"}                    | /schema/$ref",
                "{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"} | /schema/$ref",
                "{\"$ref\":\"file:///etc/passwd\"}                           | /schema/$ref",
                "{\"$ref\":\"other\"}                                        | /schema/$ref",
                "{\"$ref\":\"#/$defs/missing\"}                              | /schema/$ref",
                "{\"$dynamicRef\":\"http://127.0.0.1:1/#x\"}                 | /schema/$dynamicRef",
                "{\"x\":{\"$ref\":\"http://a\"},\"$ref\":\"#/x\"}            | /schema/$ref",
                "{\"items\":{\"$id\":\"http://127.0.0.1/x\"}}                | /schema/items/$id",
                "{\"pattern\":\"(\"}                                         | /schema/pattern",
                "{\"patternProperties\":{\"a/(\":{}}}                        | /schema/patternProperties/a~1(",
            })
    void aBadSchemaIsNamedWithItsPlace(String schema, String pointer) {
        assertThatThrownBy(() -> types.put("acme", "crm.added", null, json(schema), json("{}")))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .extracting(Violation::pointer)
                        .contains(pointer));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "{}",
                "{\"$id\":\"https://example.com/s\",\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"}",
                "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"object\"}}}",
                "{\"$ref\":\"#a\",\"$defs\":{\"x\":{\"$anchor\":\"a\"}}}",
                "{\"properties\":{\"$ref\":{\"type\":\"string\"},\"child\":{\"$ref\":\"#\"}}}",
                "{\"default\":{\"$ref\":\"http://127.0.0.1:1/\"},\"enum\":[{}]}",
            })
    void aGoodSchemaIsTaken(String schema) {
        types.put("acme", "crm.added", null, json(schema), json("{}"));

        assertThat(types.violations("acme", "crm.added", "{}")).isEmpty();
    }

    @Test
    void everythingWrongWithATypeIsSaidAtOnce() {
        assertThatThrownBy(() -> types.put("acme", "a b", "\0", json(NEEDS_EMAIL), json("{}")))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .extracting(Violation::pointer)
                        .containsExactly("", "/description", "/example"));
        var large = json("{\"const\":\"" + "x".repeat(64 * 1024) + "\"}");
        assertThatThrownBy(() -> types.put("acme", "a", null, large, large))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .extracting(Violation::pointer)
                        .containsExactly("/schema", "/example"));
    }

    @Test
    @Timeout(20)
    void aPatternMayMatchInManyWaysAndTakesNoLonger() {
        types.put("acme", "slow", null, json("{\"pattern\":\"^(a*)*b$\"}"), null);
        types.put("acme", "deep", null, json("{\"pattern\":\"^(a|b)*$\"}"), null);

        assertThat(types.violations("acme", "slow", Json.write("a".repeat(5_000) + "!")))
                .hasSize(1);
        assertThat(types.violations("acme", "deep", Json.write("ab".repeat(100_000))))
                .isEmpty();
        assertThat(types.violations("acme", "slow", "\"b\"")).isEmpty();
    }

    @Test
    @Timeout(20)
    void aLargePatternOverALongTextIsCutShort() {
        types.put("acme", "large", null, json("{\"pattern\":\"(.{0,40}y?){0,40}z\"}"), null);

        assertTooLong("large", Json.write("x".repeat(500_000)));
    }

    @Test
    @Timeout(20)
    void referencesThatWouldRunForEverAreCutShort() {
        var doubling = IntStream.range(0, 60)
                .mapToObj(i -> "\"a%d\":{\"allOf\":[{\"$ref\":\"#/$defs/a%2$d\"},{\"$ref\":\"#/$defs/a%2$d\"}]}"
                        .formatted(i, i + 1))
                .reduce("\"a60\":{}", (a, b) -> a + "," + b);

        types.put("acme", "circle", null, json("{\"allOf\":[{\"$ref\":\"#\"}]}"), null);
        types.put("acme", "bomb", null, json("{\"$ref\":\"#/$defs/a0\",\"$defs\":{" + doubling + "}}"), null);

        assertTooLong("circle", "{}");
        assertTooLong("bomb", "{}");
    }

    private void assertTooLong(String type, String data) {
        assertThat(types.violations("acme", type, data))
                .containsExactly(new Violation("/data", "takes too long to be checked against the schema of its type"));
    }

    private static JsonNode json(String text) {
        return Json.read(text.getBytes(UTF_8));
    }

    private static void assertRefused(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(Refused.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }

    private static final class InMemory implements EventTypeStore {

        private final Map<String, EventType> types = new TreeMap<>();
        private final List<String> calls = new CopyOnWriteArrayList<>();
        private int changes;
        private volatile CountDownLatch hangs = new CountDownLatch(0);

        @Override
        public List<EventType> list(String tenant) {
            calls.add("list");
            return types.values().stream()
                    .filter(t -> t.tenant().equals(tenant))
                    .toList();
        }

        @Override
        public Optional<EventType> find(String tenant, String name) {
            return Optional.ofNullable(types.get(tenant + "/" + name));
        }

        @Override
        public void put(EventType type) {
            changes++;
            types.put(type.tenant() + "/" + type.name(), type);
        }

        @Override
        public boolean delete(String tenant, String name) {
            changes++;
            return types.remove(tenant + "/" + name) != null;
        }

        @Override
        public Map<String, String> versions(Collection<String> tenants) {
            calls.add("versions");
            try {
                hangs.await();
            } catch (InterruptedException e) {
                throw new QueryTimeoutException("interrupted", e);
            }
            return tenants.stream().collect(Collectors.toMap(Function.identity(), _ -> String.valueOf(changes)));
        }
    }
}
