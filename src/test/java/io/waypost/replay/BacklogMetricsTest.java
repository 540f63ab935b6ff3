package io.waypost.replay;

import static io.waypost.replay.Given.NOON;
import static io.waypost.replay.Given.subscription;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.delivery.StandInQueues;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.EventLog;
import io.waypost.platform.SettableClock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BacklogMetricsTest {

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private final MemoryEvents log = new MemoryEvents();
    private final MemoryDeliveries deliveries = new MemoryDeliveries();
    private final MemoryReplays replays = new MemoryReplays();
    private final StandInQueues queues = new StandInQueues(deliveries);
    private final MemoryIndex index = new MemoryIndex(subscription(7, "**"), subscription(8, "**"));
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BacklogMetrics metrics = new BacklogMetrics(log, deliveries, replays, queues, index, clock, registry);

    private double value(String name) {
        return registry.get(name).gauge().value();
    }

    private Map<@Nullable String, Double> bySubscription(String name) {
        return registry.find(name).gauges().stream()
                .collect(Collectors.toMap(g -> g.getId().getTag("subscription"), g -> g.value()));
    }

    @Test
    void howMuchWaitsAndForHowLongIsShown() {
        log.backlog = new EventLog.Backlog(12, NOON.minusSeconds(90));
        deliveries.backlog = new DeliveryLog.Backlog(34, NOON.minusSeconds(3_600));
        queues.inFlight = 5;
        queues.resting = 6;
        assertThat(value("waypost.backlog.events")).as("before the first look").isZero();

        metrics.look();

        assertThat(value("waypost.backlog.events")).isEqualTo(12);
        assertThat(value("waypost.backlog.events.oldest")).isEqualTo(90);
        assertThat(value("waypost.backlog.deliveries")).isEqualTo(34);
        assertThat(value("waypost.backlog.deliveries.oldest")).isEqualTo(3_600);
        assertThat(value("waypost.inflight")).isEqualTo(5);
        assertThat(value("waypost.resting")).isEqualTo(6);
    }

    @Test
    void whatDoesNotWaitHasNoAgeNorWhatAnotherNodesClockHasAheadOfOurs() {
        log.backlog = new EventLog.Backlog(1, NOON.plusSeconds(5));
        metrics.look();

        assertThat(value("waypost.backlog.events")).isEqualTo(1);
        assertThat(value("waypost.backlog.events.oldest")).isZero();
        assertThat(value("waypost.backlog.deliveries.oldest")).isZero();
    }

    @Test
    void theBusiestAndTheLargestBuffersAreShownBySubscriptionAsTheyAreNow() {
        queues.busiest = Map.of("sub_7", 3, "sub_8", 2);
        replays.largest = new LinkedHashMap<>(Map.of(7L, 100L, 8L, 200L, 9L, 300L));
        metrics.look();

        assertThat(bySubscription("waypost.inflight.subscription")).isEqualTo(Map.of("sub_7", 3.0, "sub_8", 2.0));
        assertThat(bySubscription("waypost.buffer.events"))
                .as("none of one that is gone")
                .isEqualTo(Map.of("sub_7", 100.0, "sub_8", 200.0));
        assertThat(replays.noted).containsExactly("largest 10");

        queues.busiest = Map.of("sub_8", 1);
        replays.largest = Map.of(7L, 101L);
        metrics.look();
        assertThat(bySubscription("waypost.inflight.subscription")).isEqualTo(Map.of("sub_8", 1.0));
        assertThat(bySubscription("waypost.buffer.events")).isEqualTo(Map.of("sub_7", 101.0));
    }

    @Test
    void countingTakesOnePartInAHundredOfTheTimeHoweverMuchWaits() {
        deliveries.whenBacklogIsRead = () -> clock.advance(Duration.ofMillis(600));

        metrics.look();
        assertThat(log.reads).isEqualTo(1);
        clock.advance(Duration.ofMillis(99 * 600 - 1));
        metrics.look();
        assertThat(log.reads).isEqualTo(1);
        clock.advance(Duration.ofMillis(1));
        metrics.look();
        assertThat(log.reads).isEqualTo(2);
    }
}
