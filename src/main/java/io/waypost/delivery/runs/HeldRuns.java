package io.waypost.delivery.runs;

import io.waypost.delivery.log.DueSignal;
import io.waypost.delivery.runs.HeldDeliveries.Holder;
import io.waypost.platform.Texts;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Instant;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedRuntimeException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Lets out what waits for a run. */
@Component
class HeldRuns implements DispatchRuns {

    private static final Logger log = LoggerFactory.getLogger(HeldRuns.class);

    private final HeldDeliveries held;
    private final SubscriptionIndex index;
    private final DueSignal due;
    private final Clock clock;

    HeldRuns(HeldDeliveries held, SubscriptionIndex index, DueSignal due, Clock clock) {
        this.held = held;
        this.index = index;
        this.due = due;
        this.clock = clock;
    }

    @Override
    public int run(Predicate<Subscription> which) {
        return release(
                holder -> index.current(holder.subscription()).filter(which).isPresent(), clock.instant());
    }

    private int release(Predicate<Holder> which, Instant now) {
        var count = held.holders().stream()
                .filter(which)
                .mapToInt(holder -> held.release(holder.subscription(), now))
                .sum();
        wakeAfter(count);
        return count;
    }

    /** The runs that have begun by their cron, also while no node was there, then once however many they were. */
    @Scheduled(fixedDelayString = "${waypost.dispatch.every:1s}")
    void byCron() {
        var now = clock.instant();
        try {
            for (var planned = held.due(now); !planned.isEmpty(); planned = held.due(now)) {
                wakeAfter(planned.stream()
                        .mapToInt(run -> held.make(run, run.runs().next(now), now))
                        .sum());
            }
            release(this::waitsForNone, now);
        } catch (NestedRuntimeException e) {
            log.warn("Runs wait until the database is back: {}", Texts.cause(e));
        }
    }

    /** Because its owner has it sent at once now; or nobody does, and once it is due it is found and goes. */
    private boolean waitsForNone(Holder holder) {
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
