package io.waypost.replay;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DueSignal;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Replays events of the log as new deliveries. They are rows that are due at once, and are sent like retries. */
@Component
class LogReplays implements Replays {

    private static final int PAGE = 500;

    /** A dry run stops counting after this many events, or after {@link #LONGEST_COUNT}. */
    private static final int MOST_COUNTED = 20_000;

    private static final Duration LONGEST_COUNT = Duration.ofSeconds(5);

    private final EventLog events;
    private final DeliveryLog deliveries;
    private final SubscriptionIndex index;
    private final ReplayPages pages;
    private final DueSignal due;
    private final Clock clock;
    private final SteadyClock steady;
    private Instant lastStamp = Instant.MIN;

    LogReplays(
            EventLog events,
            DeliveryLog deliveries,
            SubscriptionIndex index,
            ReplayPages pages,
            DueSignal due,
            Clock clock) {
        this.events = events;
        this.deliveries = deliveries;
        this.index = index;
        this.pages = pages;
        this.due = due;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
    }

    @Override
    public int replay(Event event, @Nullable List<Subscription> to) {
        var receivers = to != null
                ? to
                : index.matching(event).stream().filter(Subscription::active).toList();
        var at = uniqueNow();
        deliveries.settle(receivers.stream().map(s -> newDelivery(s, event, at)).toList());
        due.wake();
        return receivers.size();
    }

    @Override
    public Count replay(
            Subscription subscription,
            Instant since,
            @Nullable Instant until,
            @Nullable Set<String> types,
            boolean onlyFailed,
            boolean dryRun) {
        var at = uniqueNow();
        var last = until == null ? events.last() : events.firstSince(until) - 1;
        var selection = new Selection(subscription, types, onlyFailed);
        var countUntil = steady.now().plus(LONGEST_COUNT);
        var latestAt = Instant.MAX;
        var looked = 0;
        var count = 0L;
        for (var next = events.firstSince(since); next <= last; ) {
            var page = events.read(subscription.tenant(), next, last, PAGE);
            if (page.isEmpty()) {
                break;
            }
            if (dryRun && (looked >= MOST_COUNTED || steady.now().isAfter(countUntil))) {
                // Events received in the same microsecond are counted together, so that the count has an exact end.
                var before = latestAt;
                var sameMoment = page.stream()
                        .takeWhile(event -> !event.receivedAt().isAfter(before))
                        .toList();
                if (sameMoment.size() < page.size()) {
                    count += wanted(selection, sameMoment).size();
                    return new Count(count, page.get(sameMoment.size()).receivedAt());
                }
            }
            var wanted = wanted(selection, page);
            if (!dryRun) {
                deliveries.settle(wanted.stream()
                        .map(event -> newDelivery(subscription, event, at))
                        .toList());
            }
            count += wanted.size();
            looked += page.size();
            latestAt = page.getLast().receivedAt();
            next = page.getLast().seq() + 1;
        }
        due.wake();
        return new Count(count, null);
    }

    private record Selection(
            Subscription subscription, @Nullable Set<String> types, boolean onlyFailed) {}

    private List<Event> wanted(Selection selection, List<Event> page) {
        if (page.isEmpty()) {
            return List.of();
        }
        var latest = selection.onlyFailed
                ? deliveries.latest(
                        selection.subscription.no(),
                        page.getFirst().seq(),
                        page.getLast().seq())
                : Map.<Long, Status>of();
        return page.stream()
                .filter(event -> selection.types == null || selection.types.contains(event.type()))
                .filter(event -> !selection.onlyFailed || failed(latest.get(event.seq())))
                .filter(event -> pages.wants(selection.subscription, event))
                .toList();
    }

    private static boolean failed(@Nullable Status status) {
        return status == Status.EXHAUSTED || status == Status.DISCARDED;
    }

    private static DeliveryUpdate newDelivery(Subscription subscription, Event event, Instant at) {
        var key = new DeliveryKey(at, event.seq(), subscription.no());
        var pending = DeliveryUpdate.pending(key, event.tenant(), true, subscription.active() ? at : null);
        return subscription.definition().retry().inRuns() ? pending.held() : pending;
    }

    /** The current time, but never the same twice, because it is part of the deliveries' ids. */
    private synchronized Instant uniqueNow() {
        var now = clock.instant();
        lastStamp = now.isAfter(lastStamp) ? now : lastStamp.plus(1, ChronoUnit.MICROS);
        return lastStamp;
    }
}
