package io.waypost.delivery.batch;

import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Follows changes of subscriptions for which something waits. What waited under other rules becomes due at once: then it
 * goes, alone or in a batch; or, if the subscription is not active or is gone, it is found as what waits there in vain.
 */
@Component
class BatchTidy {

    private final BatchGroups groups;
    private final BatchLog batches;
    private final SubscriptionIndex index;
    private final SubscriptionStore subscriptions;
    private final Clock clock;
    /** The rules as they were at the last look. */
    private final Map<Long, Batch> rules = new HashMap<>();

    BatchTidy(
            BatchGroups groups,
            BatchLog batches,
            SubscriptionIndex index,
            SubscriptionStore subscriptions,
            Clock clock) {
        this.groups = groups;
        this.batches = batches;
        this.index = index;
        this.subscriptions = subscriptions;
        this.clock = clock;
    }

    @Scheduled(fixedDelayString = "${waypost.batch.tidy:500ms}")
    synchronized void tidy() {
        if (!groups.ready()) {
            return;
        }
        var waiting = groups.subscriptions();
        rules.keySet().retainAll(waiting);
        for (var no : waiting) {
            var now = current(no).filter(Subscription::active).map(s -> s.definition()
                    .batch());
            if (now.isEmpty()) {
                batches.hasten(no, clock.instant());
                groups.forget(no);
            } else {
                var before = rules.put(no, now.get());
                if (before != null && !before.equals(now.get())) {
                    batches.hasten(no, clock.instant());
                }
            }
        }
    }

    /** Another node may have made it a moment ago. */
    private Optional<Subscription> current(long no) {
        return index.current(no).or(() -> subscriptions.find(no));
    }
}
