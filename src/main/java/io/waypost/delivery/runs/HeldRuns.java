package io.waypost.delivery.runs;

import io.waypost.delivery.log.DueSignal;
import io.waypost.platform.Texts;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.time.Instant;
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

    private final HeldDeliveries held;
    private final SubscriptionIndex index;
    private final SubscriptionStore subscriptions;
    private final DueSignal due;
    private final Clock clock;
    private Instant looked;

    HeldRuns(
            HeldDeliveries held, SubscriptionIndex index, SubscriptionStore subscriptions, DueSignal due, Clock clock) {
        this.held = held;
        this.index = index;
        this.subscriptions = subscriptions;
        this.due = due;
        this.clock = clock;
        this.looked = clock.instant();
    }

    @Override
    public int run(Predicate<Subscription> which) {
        var now = clock.instant();
        var count = held.subscriptions().stream()
                .filter(no -> index.current(no).filter(which).isPresent())
                .mapToInt(no -> held.release(no, now))
                .sum();
        if (count > 0) {
            due.wake();
        }
        return count;
    }

    /** The runs that are due by their cron; and what waits for none any more, because its owner has it sent at once now. */
    @Scheduled(fixedDelayString = "${waypost.dispatch.every:1s}")
    void byCron() {
        var now = clock.instant();
        try {
            run(subscription -> {
                var runs = subscription.definition().retry().runs();
                return runs == null || runs.dueBetween(looked, now);
            });
            looked = now;
            letGo(now);
        } catch (DataAccessException e) {
            log.warn("Runs wait until the database is back: {}", Texts.cause(e));
        }
    }

    /** What slipped in beside a deletion waits for no run any more: once it is due it is found, and goes. */
    private void letGo(Instant now) {
        held.subscriptions().stream()
                .filter(no ->
                        index.current(no).isEmpty() && subscriptions.find(no).isEmpty())
                .forEach(no -> held.release(no, now));
    }
}
