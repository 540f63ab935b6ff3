package io.waypost.delivery.runs;

import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.runs.HeldDeliveries.Holder;
import io.waypost.platform.Fault;
import io.waypost.platform.due.DueWatch;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedRuntimeException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Makes dispatch runs. */
@Component
class HeldRuns implements DispatchRuns {

    private static final Logger log = LoggerFactory.getLogger(HeldRuns.class);

    private final Fault fault = new Fault(log, "Dispatch runs wait until the database is back", "Dispatch runs go on");

    private static final int AT_ONCE = 1_000;

    private final HeldDeliveries held;
    private final SubscriptionIndex index;
    private final DueSignal due;
    private final DueWatch watch;
    private final Clock clock;
    /** The last subscription looked at in the current round through all holders. */
    private long after;

    HeldRuns(HeldDeliveries held, SubscriptionIndex index, DueSignal due, DueWatch watch, Clock clock) {
        this.watch = watch;
        this.held = held;
        this.index = index;
        this.due = due;
        this.clock = clock;
    }

    @Override
    public int run(Predicate<Subscription> which) {
        var count = 0;
        for (var some = held.holders(0, AT_ONCE);
                !some.isEmpty();
                some = held.holders(some.getLast().subscription(), AT_ONCE)) {
            count += release(
                    some,
                    holder -> index.current(holder.subscription()).filter(which).isPresent(),
                    clock.instant());
        }
        return count;
    }

    private int release(List<Holder> some, Predicate<Holder> which, Instant now) {
        var count = some.stream()
                .filter(which)
                .mapToInt(holder -> held.release(holder.subscription(), now))
                .sum();
        wakeAfter(count);
        return count;
    }

    /**
     * Makes the planned runs whose time has come; runs missed while no node was running are made once. Also releases
     * deliveries that no longer have a run to wait for, looking at the next holders in turn.
     */
    @Scheduled(fixedDelayString = "${waypost.dispatch.every:1s}")
    void byCron() {
        var now = clock.instant();
        var waiting = watch.last();
        if (waiting.runs().isAfter(now) && !waiting.held() && after == 0) {
            fault.over();
            return;
        }
        try {
            for (var planned = held.due(now); !planned.isEmpty(); planned = held.due(now)) {
                wakeAfter(planned.stream()
                        .mapToInt(run -> held.make(run, run.runs().next(now), now))
                        .sum());
            }
            var some = held.holders(after, AT_ONCE);
            release(some, this::hasNoRuns, now);
            after = some.size() == AT_ONCE ? some.getLast().subscription() : 0;
            fault.over();
        } catch (NestedRuntimeException e) {
            fault.failed(e);
        }
    }

    /**
     * Whether the subscription has no dispatch runs any more, or is deleted: once due, its deliveries are sent, or found
     * and removed.
     */
    private boolean hasNoRuns(Holder holder) {
        return holder.deleted()
                || index.current(holder.subscription())
                        .filter(subscription ->
                                !subscription.definition().retry().inRuns())
                        .isPresent();
    }

    private void wakeAfter(int released) {
        if (released > 0) {
            due.wake();
        }
    }
}
