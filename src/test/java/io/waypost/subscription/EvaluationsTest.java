package io.waypost.subscription;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.platform.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EvaluationsTest {

    private final CountDownLatch open = new CountDownLatch(1);
    private final List<String> ran = new CopyOnWriteArrayList<>();

    /** The time stands still; what is computed takes time of a processor if it says so. In nanoseconds. */
    private final AtomicLong now = new AtomicLong(7_000_000_000L);

    private final AtomicLong spent = new AtomicLong();
    private final Evaluations evaluations = new Evaluations(new Language(), now::get, spent::get);

    @AfterEach
    void end() {
        open.countDown();
        evaluations.destroy();
    }

    @Test
    void whatIsQuickIsComputedWhereItIsAsked() {
        assertThat(evaluations.evaluate("acme", "quick", Json.object())).isEqualTo(IntNode.valueOf(1));
        assertThat(evaluations.evaluateAtOnce("acme", "quick", Json.object())).contains(IntNode.valueOf(1));
        assertThat(ran).containsOnly("quick on " + Thread.currentThread().getName());
    }

    @Test
    void whatTakesLongIsLeftOpenAtDispatchAndComputedInTurnElsewhere() {
        open.countDown();
        assertThat(evaluations.evaluateAtOnce("acme", "slow", Json.object())).isEmpty();
        assertThat(ran).hasSize(1);
        assertThat(evaluations.evaluateAtOnce("acme", "slow", Json.object())).isEmpty();
        assertThat(ran).as("it is not tried again").hasSize(1);

        assertThat(evaluations.evaluate("acme", "slow", Json.object())).isEqualTo(IntNode.valueOf(2));
        assertThat(ran).last().asString().startsWith("slow on evaluations-");
    }

    @Test
    void whatFailsFailsWhereverItRuns() {
        open.countDown();
        assertThatThrownBy(() -> evaluations.evaluate("acme", "wrong", Json.object()))
                .isExactlyInstanceOf(ExpressionFailed.class)
                .hasMessage("it is wrong");
        evaluations.remember("acme", "wrong");
        assertThatThrownBy(() -> evaluations.evaluate("acme", "wrong", Json.object()))
                .isExactlyInstanceOf(ExpressionFailed.class)
                .hasMessage("it is wrong");
    }

    @Test
    void oneTenantsSlowOnesDoNotGoBeforeAnothers() {
        var threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var greedy = IntStream.range(0, threads + 30)
                    .mapToObj(_ -> CompletableFuture.supplyAsync(
                            () -> evaluations.evaluate("greedy", "slow", Json.object()), callers))
                    .toList();
            await().until(() -> evaluations.isBehind("greedy"));
            assertThat(evaluations.isBehind("modest")).isFalse();
            evaluations.remember("modest", "quick");
            var modest = IntStream.range(0, 2)
                    .mapToObj(_ -> CompletableFuture.supplyAsync(
                            () -> evaluations.evaluate("modest", "quick", Json.object()), callers))
                    .toList();
            await().until(() -> evaluations.isBehind("modest"));

            open.countDown();
            modest.forEach(CompletableFuture::join);
            var inTurn = ran.stream().filter(r -> r.contains("on evaluations-")).toList();
            assertThat(inTurn.subList(0, Math.min(inTurn.size(), 2 * threads + 1)))
                    .anyMatch(r -> r.startsWith("quick"));
            greedy.forEach(CompletableFuture::join);
            assertThat(evaluations.isBehind("greedy")).isFalse();
        }
    }

    @Test
    void aTenantHasItsPartOfAProcessorOnlyWhileEventsOfOthersComeToo() {
        evaluations.comes("acme");
        evaluations.comes("other");
        assertThat(busyHere())
                .as("of a quarter of the last 100 ms, at 10 ms each")
                .isEqualTo(3);
        now.addAndGet(Duration.ofMillis(60).toNanos());
        assertThat(busyHere()).as("10 ms more than were spent too many").isEqualTo(1);
        assertThat(evaluations.evaluate("other", "quick", Json.object())).isNotNull();
        assertThat(ran.getLast()).as("another tenant has its own").doesNotContain("evaluations-");

        now.addAndGet(Duration.ofMillis(1_000 - 60).toNanos());
        assertThat(busyHere()).as("of the most that is kept").isEqualTo(3);
        now.addAndGet(1);
        assertThat(busyHere()).as("as nobody else comes any more").isEqualTo(10);
    }

    /** Computes something ten times; how many of them where it is asked for, which all come first. */
    private long busyHere() {
        ran.clear();
        for (int i = 0; i < 10; i++) {
            evaluations.evaluate("acme", "busy", Json.object());
        }
        var here = ran.stream()
                .takeWhile(r -> r.equals("busy on " + Thread.currentThread().getName()))
                .count();
        assertThat(ran.stream().skip(here)).allMatch(r -> r.startsWith("busy on evaluations-"));
        return here;
    }

    @Test
    void afterTheEndNothingWaits() {
        evaluations.remember("acme", "slow");
        evaluations.destroy();
        assertThatThrownBy(() -> evaluations.evaluate("acme", "slow", Json.object()))
                .isInstanceOf(IllegalStateException.class);
    }

    /** Knows four expressions; the slow one waits until the test lets it go. */
    private final class Language implements Expressions {

        @Override
        public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings, Duration most) {
            ran.add(expression + " on " + Thread.currentThread().getName());
            return switch (expression) {
                case "quick" -> IntNode.valueOf(1);
                case "busy" -> {
                    spent.addAndGet(Duration.ofMillis(10).toNanos());
                    yield IntNode.valueOf(3);
                }
                case "slow" -> {
                    if (most.compareTo(LONGEST) < 0) {
                        throw new ExpressionFailed.TooSlow("it takes long", null);
                    }
                    try {
                        open.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    yield IntNode.valueOf(2);
                }
                default -> throw new ExpressionFailed("it is wrong");
            };
        }

        @Override
        public void check(String expression) {}
    }
}
