package io.waypost.replay;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.log.Settlement;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes new deliveries out of the log; they are rows, due at once, and take their turn like retries. */
@Component
class LogReplays implements Replays {

    private static final int PAGE = 500;

    private final EventLog events;
    private final DeliveryLog deliveries;
    private final SubscriptionIndex index;
    private final ReplayPages pages;
    private final DueSignal due;
    private final Clock clock;
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
    }

    @Override
    public int replay(Event event, @Nullable List<Subscription> to) {
        var receivers = to != null
                ? to
                : index.matching(event).stream().filter(Subscription::active).toList();
        var at = stamp();
        deliveries.settle(receivers.stream().map(s -> made(s, event, at)).toList());
        due.wake();
        return receivers.size();
    }

    @Override
    public long replay(
            Subscription subscription,
            Instant since,
            @Nullable Instant until,
            @Nullable Set<String> types,
            boolean onlyFailed,
            boolean dryRun) {
        var at = stamp();
        var last = until == null ? events.last() : events.firstSince(until) - 1;
        var count = 0L;
        for (var next = events.firstSince(since); next <= last; ) {
            var page = events.read(next, last, PAGE);
            if (page.isEmpty()) {
                break;
            }
            var latest = onlyFailed
                    ? deliveries.latest(
                            subscription.no(),
                            page.getFirst().seq(),
                            page.getLast().seq())
                    : Map.<Long, Status>of();
            var wanted = page.stream()
                    .filter(event -> types == null || types.contains(event.type()))
                    .filter(event -> !onlyFailed || failed(latest.get(event.seq())))
                    .filter(event -> pages.wants(subscription, event))
                    .map(event -> made(subscription, event, at))
                    .toList();
            if (!dryRun) {
                deliveries.settle(wanted);
            }
            count += wanted.size();
            next = page.getLast().seq() + 1;
        }
        due.wake();
        return count;
    }

    private static boolean failed(@Nullable Status status) {
        return status == Status.EXHAUSTED || status == Status.DISCARDED;
    }

    private static Settlement made(Subscription subscription, Event event, Instant at) {
        var key = new DeliveryKey(at, event.seq(), subscription.no());
        var pending = Settlement.pending(key, event.tenant(), true, subscription.active() ? at : null);
        return subscription.definition().retry().inRuns() ? pending.held() : pending;
    }

    /** Now, but never the same twice: it is part of the deliveries' ids. */
    private synchronized Instant stamp() {
        var now = clock.instant();
        lastStamp = now.isAfter(lastStamp) ? now : lastStamp.plus(1, ChronoUnit.MICROS);
        return lastStamp;
    }
}
