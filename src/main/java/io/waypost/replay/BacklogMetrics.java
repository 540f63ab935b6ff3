package io.waypost.replay;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.waypost.delivery.DeliveryQueues;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.EventLog;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Sizes of backlogs and buffers for Prometheus. They are read every few seconds, not on each scrape. Counting takes longer
 * the larger the backlog is, and is then done less often.
 */
@Component
class BacklogMetrics {

    /** More would make the metrics page grow with the number of subscriptions. */
    private static final int MOST_SUBSCRIPTIONS = 10;

    /** At most one part in so many of the time is spent on counting. */
    private static final int SHARE = 100;

    private final EventLog events;
    private final DeliveryLog deliveries;
    private final ReplayStore replays;
    private final DeliveryQueues queues;
    private final SubscriptionIndex index;
    private final Clock clock;
    private final MultiGauge inFlight;
    private final MultiGauge buffered;

    private final LongSupplier nanos;

    private volatile Counts counts = new Counts(0, Duration.ZERO, 0, Duration.ZERO);
    private long countAgainNanos;

    /** The latest counts. */
    private record Counts(long events, Duration oldestEvent, long deliveries, Duration oldestDelivery) {}

    @Autowired
    BacklogMetrics(
            EventLog events,
            DeliveryLog deliveries,
            ReplayStore replays,
            DeliveryQueues queues,
            SubscriptionIndex index,
            Clock clock,
            MeterRegistry registry) {
        this(events, deliveries, replays, queues, index, clock, registry, SteadyClock.of(clock)::nanos);
    }

    BacklogMetrics(
            EventLog events,
            DeliveryLog deliveries,
            ReplayStore replays,
            DeliveryQueues queues,
            SubscriptionIndex index,
            Clock clock,
            MeterRegistry registry,
            LongSupplier nanos) {
        this.nanos = nanos;
        this.countAgainNanos = nanos.getAsLong();
        this.events = events;
        this.deliveries = deliveries;
        this.replays = replays;
        this.queues = queues;
        this.index = index;
        this.clock = clock;
        gauge(registry, "waypost.backlog.events", "Events that wait to be fanned out", () -> counts.events);
        gauge(
                registry,
                "waypost.backlog.events.oldest",
                "Age of the oldest, in seconds",
                () -> counts.oldestEvent.toSeconds());
        gauge(registry, "waypost.backlog.deliveries", "Deliveries that wait for an attempt", () -> counts.deliveries);
        gauge(
                registry,
                "waypost.backlog.deliveries.oldest",
                "Age of the oldest, in seconds",
                () -> counts.oldestDelivery.toSeconds());
        gauge(registry, "waypost.inflight", "Deliveries under way on this node", queues::inFlight);
        gauge(
                registry,
                "waypost.resting",
                "Deliveries of this node that wait in memory to be tried again",
                queues::resting);
        inFlight = MultiGauge.builder("waypost.inflight.subscription")
                .description("Attempts under way on this node, by the ten subscriptions that have the most")
                .register(registry);
        buffered = MultiGauge.builder("waypost.buffer.events")
                .description("Events in the replay buffers of subscriptions that are not active, the ten largest")
                .register(registry);
    }

    private static void gauge(MeterRegistry registry, String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    @Scheduled(fixedDelayString = "${waypost.metrics-every:5s}")
    void look() {
        if (nanos.getAsLong() - countAgainNanos >= 0) {
            count();
        }
        inFlight.register(
                queues.busiest(MOST_SUBSCRIPTIONS).entrySet().stream()
                        .<Row<?>>map(e -> Row.of(Tags.of("subscription", e.getKey()), e.getValue()))
                        .toList(),
                true);
        buffered.register(buffers(), true);
    }

    private void count() {
        var begun = nanos.getAsLong();
        var now = clock.instant();
        var log = events.backlog();
        var waiting = deliveries.backlog();
        counts = new Counts(log.events(), age(log.oldest(), now), waiting.deliveries(), age(waiting.oldest(), now));
        var ended = nanos.getAsLong();
        countAgainNanos = ended + (SHARE - 1) * (ended - begun);
    }

    private List<Row<?>> buffers() {
        return replays.largest(MOST_SUBSCRIPTIONS).entrySet().stream()
                .<Row<?>>flatMap(e -> index.current(e.getKey()).stream()
                        .map(s -> Row.of(Tags.of("subscription", s.id()), e.getValue())))
                .toList();
    }

    private static Duration age(@Nullable Instant oldest, Instant now) {
        return oldest == null || oldest.isAfter(now) ? Duration.ZERO : Duration.between(oldest, now);
    }
}
