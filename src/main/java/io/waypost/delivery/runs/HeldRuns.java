package io.waypost.delivery.runs;

import io.waypost.delivery.log.DueSignal;
import io.waypost.platform.Texts;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Lets out what waits for a run. */
@Component
class HeldRuns implements DispatchRuns {

    private static final Logger log = LoggerFactory.getLogger(HeldRuns.class);

    private static final int AT_ONCE = 1_000;

    private final HeldDeliveries held;
    private final SubscriptionIndex index;
    private final SubscriptionStore subscriptions;
    private final DueSignal due;
    private final Clock clock;
    /** A round goes once through all subscriptions for which something is held; this one is as far as here. */
    private long after;
    /** It lets out what became due since the one before it began, and up to when it began itself. */
    private Instant since;

    private Instant until;

    HeldRuns(
            HeldDeliveries held, SubscriptionIndex index, SubscriptionStore subscriptions, DueSignal due, Clock clock) {
        this.held = held;
        this.index = index;
        this.subscriptions = subscriptions;
        this.due = due;
        this.clock = clock;
        this.since = clock.instant();
        this.until = since;
    }

    @Override
    public int run(Predicate<Subscription> which) {
        var count = 0;
        for (var some = held.subscriptions(0, AT_ONCE);
                !some.isEmpty();
                some = held.subscriptions(some.getLast(), AT_ONCE)) {
            count += release(some, no -> index.current(no).filter(which).isPresent());
        }
        return count;
    }

    private int release(List<Long> some, LongPredicate which) {
        var now = clock.instant();
        var count = some.stream()
                .filter(which::test)
                .mapToInt(no -> held.release(no, now))
                .sum();
        if (count > 0) {
            due.wake();
        }
        return count;
    }

    /** The next subscriptions in turn: all, unless they are very many. */
    @Scheduled(fixedDelayString = "${waypost.dispatch.every:1s}")
    void byCron() {
        if (after == 0) {
            until = clock.instant();
        }
        try {
            var some = held.subscriptions(after, AT_ONCE);
            release(some, this::goesByItself);
            if (some.size() == AT_ONCE) {
                after = some.getLast();
            } else {
                after = 0;
                since = until;
            }
        } catch (DataAccessException e) {
            log.warn("Runs wait until the database is back: {}", Texts.cause(e));
        }
    }

    /**
     * Whether its run is due by its cron; or waits for none any more, because its owner has it sent at once now, or because it
     * slipped in beside a deletion: once it is due it is found, and goes.
     */
    private boolean goesByItself(long no) {
        var subscription = index.current(no);
        if (subscription.isEmpty()) {
            return subscriptions.find(no).isEmpty();
        }
        var runs = subscription.get().definition().retry().runs();
        return runs == null || runs.dueBetween(since, until);
    }
}
