package io.waypost.subscription;

import static io.waypost.subscription.Examples.NOON;
import static io.waypost.subscription.Examples.event;
import static io.waypost.subscription.Examples.inState;
import static io.waypost.subscription.Examples.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.event.Event;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySubscriptionIndexTest {

    private final List<Change> changes = new ArrayList<>();
    private final List<String> evaluated = new ArrayList<>();
    private final SubscriptionIndex index = new MemorySubscriptionIndex(
            new ChangesOnly(changes), new NoConnectors(), new Evaluations(new ThreeAnswers(evaluated)));

    @Test
    void whoAsksForTheTypeGetsTheEventInTheOrderOfNumbers() {
        index.put(subscription(3, 1, null, null, "message.opened"));
        index.put(subscription(1, 2, null, null, "message.*"));
        index.put(subscription(2, 3, null, null, "x", "**"));
        index.put(subscription(4, 4, null, null, "message"));

        assertThat(numbers(event("message.opened", "{}"))).containsExactly(1L, 2L, 3L);
        assertThat(numbers(event("message", "{}"))).containsExactly(2L, 4L);
    }

    @Test
    void oneThatCannotBeReadIsMatchedAndReadAgain() {
        var store = new MemorySubscriptionStore();
        var following =
                new MemorySubscriptionIndex(store, new NoConnectors(), new Evaluations(new ThreeAnswers(evaluated)));
        var stored = store.create(
                "sub_1", subscription(1, 1, null, null, "message.opened").definition(), List.of(), NOON);
        var here = new Subscription(
                stored.no(),
                stored.id(),
                stored.revision(),
                stored.definition(),
                stored.state(),
                List.of(),
                NOON,
                NOON,
                "is sealed");
        following.put(here);

        assertThat(following.matching(event("message.opened", "{}"))).containsExactly(here);
        assertThat(following.unreadable(10)).containsExactly(here);

        following.readAgain();
        assertThat(following.unreadable(10)).isEmpty();
        assertThat(following.current(stored.no())).contains(stored);
        following.put(here);
        assertThat(following.current(stored.no())).as("what is no news").contains(stored);
    }

    @Test
    void tenantsAreApart() {
        index.put(subscription("acme", 1, 1, null, null, "**"));
        index.put(subscription("other", 2, 2, "{\"data\":{\"a\":[1]}}", null, "**"));

        assertThat(numbers(event("acme", "a", "{\"a\":1}"))).containsExactly(1L);
        assertThat(numbers(event("other", "a", "{\"a\":1}"))).containsExactly(2L);
        assertThat(numbers(event("third", "a", "{\"a\":1}"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"data\":{\"list\":{\"id\":[\"42\"]}}}|{\"list\":{\"id\":\"42\"}}|true",
                "{\"data\":{\"list\":{\"id\":[\"42\"]}}}|{\"list\":{\"id\":\"43\"}}|false",
                "{\"data\":{\"list\":{\"id\":[\"42\"]}}}|{}|false",
                "{\"data\":{\"id\":[18859015918863553]}}|{\"id\":18859015918863553}|true",
                "{\"data\":{\"id\":[18859015918863553]}}|{\"id\":18859015918863552}|false",
                "{\"data\":{\"n\":[{\"numeric\":[\">\",5,\"<=\",7]}]}}|{\"n\":7}|true",
                "{\"data\":{\"n\":[{\"numeric\":[\">\",5,\"<=\",7]}]}}|{\"n\":5}|false",
                "{\"data\":{\"n\":[{\"exists\":false}]}}|{}|true",
                "{\"data\":{\"s\":[{\"suffix\":\".com\"}]}}|{\"s\":\"a.com\"}|true",
                "{\"data\":{\"s\":[{\"equals-ignore-case\":\"Ab\"}]}}|{\"s\":\"aB\"}|true",
                "{\"data\":{\"s\":[{\"wildcard\":\"a*c\"}]}}|{\"s\":\"abbc\"}|true",
                "{\"data\":{\"s\":[{\"anything-but\":[\"x\"]}]}}|{\"s\":\"y\"}|true",
                "{\"data\":{\"ip\":[{\"cidr\":\"10.0.0.0/8\"}]}}|{\"ip\":\"10.1.2.3\"}|true",
                "{\"$or\":[{\"data\":{\"a\":[1]}},{\"data\":{\"b\":[1]}}]}|{\"b\":1}|true",
                "{\"$or\":[{\"type\":[\"x\"]},{\"data\":{\"b\":[1]}}]}|{\"b\":1}|true",
                "{\"type\":[{\"prefix\":\"message\"}]}|{}|true",
                "{\"type\":[\"other\"]}|{}|false",
                "{\"data\":{\"tags\":[\"vip\"]}}|{\"tags\":[\"a\",\"vip\"]}|true",
                "{\"tenant\":[\"acme\"],\"test\":[false]}|{}|true",
            })
    void aFilterIsAnEventBridgePattern(String filter, String data, boolean matches) {
        for (var events : List.of("message.opened", "message.*", "*.opened", "message.**", "**")) {
            index.put(subscription(1, System.nanoTime(), filter, null, events));

            assertThat(numbers(event("message.opened", data))).isEqualTo(matches ? List.of(1L) : List.of());
            assertThat(numbers(event("message.opened.twice", data)))
                    .isEqualTo(matches && events.endsWith("**") ? List.of(1L) : List.of());
        }
    }

    @Test
    void aConditionIsAskedLastAndOneThatFailsDoesNotDeliver() {
        index.put(subscription(1, 1, null, "true", "a"));
        index.put(subscription(2, 2, null, "false", "a"));
        index.put(subscription(3, 3, null, "fail", "a"));
        index.put(subscription(4, 4, "{\"data\":{\"x\":[1]}}", "never asked", "a"));

        assertThat(numbers(event("a", "{}"))).containsExactly(1L);
        assertThat(evaluated).containsExactly("true", "false", "fail");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e900",
                "-1e-900",
                "{\"n\":1e900}",
                "{\"n\":123456789012345678901234567890}",
                "\"text\"",
                "null",
                "[[[1],[2]],3]",
                "{\"\":{\"\":1}}",
                "{\"n\":\"\\u0000\\ud800\"}",
            })
    void anOddEventHarmsNobody(String data) {
        index.put(subscription(1, 1, null, null, "a"));
        index.put(subscription(2, 2, "{\"data\":{\"n\":[{\"numeric\":[\"<\",5]}]}}", null, "a"));
        index.put(subscription(3, 3, "{\"data\":{\"n\":[{\"exists\":false}]}}", null, "a"));

        assertThat(numbers(event("a", data))).contains(1L).doesNotContain(2L);
    }

    @Test
    void anEventNestedDeepHarmsNobody() {
        index.put(subscription(1, 1, null, null, "a"));
        index.put(subscription(2, 2, "{\"data\":{\"n\":[1]}}", null, "a"));

        assertThat(numbers(event("a", "{\"n\":".repeat(150) + "1" + "}".repeat(150))))
                .containsExactly(1L);
    }

    @Test
    void anOlderRevisionNeverReplacesANewerOne() {
        index.put(subscription(1, 5, null, null, "new"));
        index.put(subscription(1, 4, null, null, "old"));

        assertThat(numbers(event("new", "{}"))).containsExactly(1L);
        assertThat(numbers(event("old", "{}"))).isEmpty();
        assertThat(index.current(1))
                .hasValueSatisfying(s -> assertThat(s.revision()).isEqualTo(5));
    }

    @Test
    void anUpdateTakesTheOldWishAway() {
        index.put(subscription(1, 1, null, null, "a", "b.*"));
        index.put(subscription(1, 2, "{\"data\":{\"x\":[1]}}", null, "a", "c"));
        assertThat(numbers(event("a", "{\"x\":2}"))).isEmpty();
        assertThat(numbers(event("a", "{\"x\":1}"))).containsExactly(1L);
        assertThat(numbers(event("b.b", "{\"x\":1}"))).isEmpty();

        index.put(subscription(1, 3, "{\"data\":{\"x\":[2]}}", null, "a", "c"));
        assertThat(numbers(event("a", "{\"x\":1}"))).isEmpty();
        assertThat(numbers(event("a", "{\"x\":2}"))).containsExactly(1L);

        index.put(subscription(1, 4, null, null, "c", "a"));
        assertThat(numbers(event("a", "{\"x\":1}"))).containsExactly(1L);
    }

    @Test
    void aPatternThatComesAndGoesIsNotRememberedWrongly() {
        var type = event("a.b", "{}");
        assertThat(numbers(type)).isEmpty();
        index.put(subscription(1, 1, null, null, "a.*"));
        assertThat(numbers(type)).containsExactly(1L);
        index.put(subscription(2, 2, null, null, "a.*"));
        index.remove(1);
        assertThat(numbers(type)).containsExactly(2L);
        index.remove(2);
        assertThat(numbers(type)).isEmpty();
    }

    @Test
    void aRemovedOneNeverComesBack() {
        var subscription = subscription(1, 1, null, null, "a");
        index.put(subscription);
        index.remove(1);
        index.put(subscription(1, 9, null, null, "a"));

        assertThat(numbers(event("a", "{}"))).isEmpty();
        assertThat(index.current(1)).isEmpty();
    }

    @Test
    void theInactiveOnesAreFoundToo() {
        var paused = new State(State.Kind.PAUSED, NOON, "requested", null);
        var subscription = subscription(1, 1, null, null, "a");
        index.put(subscription);
        index.put(inState(subscription, 2, paused));

        assertThat(index.matching(event("a", "{}"))).singleElement().satisfies(s -> assertThat(s.state())
                .isEqualTo(paused));
    }

    @Test
    void aRefreshFollowsTheStoreThroughAllPages() {
        for (long no = 1; no <= 2_500; no++) {
            changes.add(new Change(no, no, subscription(no, no, null, null, no % 2 == 0 ? "even" : "odd")));
        }
        index.refresh();
        assertThat(numbers(event("even", "{}"))).hasSize(1_250);

        changes.add(new Change(2, 2_501, null));
        changes.add(new Change(3, 2_502, subscription(3, 2_502, null, null, "even")));
        index.refresh();
        assertThat(numbers(event("even", "{}"))).hasSize(1_250).contains(3L).doesNotContain(2L);
    }

    @Test
    void theStoreIsAskedOnlyIfItMayHaveChangedSince() {
        changes.add(new Change(1, 5, subscription(1, 5, null, null, "a")));
        index.refreshTo(5);
        assertThat(numbers(event("a", "{}"))).containsExactly(1L);

        // Would be found by whoever asks.
        changes.add(new Change(2, 7, subscription(2, 7, null, null, "a")));
        index.refreshTo(5);
        assertThat(numbers(event("a", "{}"))).containsExactly(1L);
        index.refreshTo(9);
        assertThat(numbers(event("a", "{}"))).containsExactly(1L, 2L);

        // What changed last was no subscription, and is known all the same.
        changes.add(new Change(3, 10, subscription(3, 10, null, null, "a")));
        index.refreshTo(9);
        assertThat(numbers(event("a", "{}"))).containsExactly(1L, 2L);
    }

    @Test
    void anEventIsNeverMissedWhileASubscriptionChangesFromOneWishThatHoldsToAnother() throws Exception {
        var done = new AtomicBoolean();
        index.put(subscription(1, 1, null, null, "a"));
        try (var writer = Executors.newSingleThreadExecutor()) {
            var writing = writer.submit(() -> {
                for (long revision = 2; revision < 5_000; revision++) {
                    var filter = revision % 3 == 0 ? null : "{\"data\":{\"x\":[1,%d]}}".formatted(revision);
                    index.put(subscription(1, revision, filter, null, revision % 2 == 0 ? "a" : "*"));
                }
                done.set(true);
            });
            while (!done.get() && !writing.isDone()) {
                assertThat(numbers(event("a", "{\"x\":1}"))).containsExactly(1L);
            }
            writing.get();
        }
    }

    private List<Long> numbers(Event event) {
        return index.matching(event).stream().map(Subscription::no).toList();
    }

    /** An expression gives true, false or an error, as it says. */
    record ThreeAnswers(List<String> evaluated) implements Expressions {

        @Override
        public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings, Duration most) {
            evaluated.add(expression);
            if (expression.equals("fail")) {
                throw new ExpressionFailed("it fails");
            }
            return BooleanNode.valueOf(expression.equals("true"));
        }

        @Override
        public void check(String expression) {}
    }
}
