package io.waypost.delivery.batch;

import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.util.HashSet;
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
    private final Gatherer gatherer;
    private final BatchLog batches;
    private final SubscriptionIndex index;
    private final SubscriptionStore subscriptions;
    private final Clock clock;

    BatchTidy(
            BatchGroups groups,
            Gatherer gatherer,
            BatchLog batches,
            SubscriptionIndex index,
            SubscriptionStore subscriptions,
            Clock clock) {
        this.groups = groups;
        this.gatherer = gatherer;
        this.batches = batches;
        this.index = index;
        this.subscriptions = subscriptions;
        this.clock = clock;
    }

    @Scheduled(fixedDelayString = "${waypost.batch.tidy:500ms}")
    void tidy() {
        if (!groups.ready()) {
            return;
        }
        var rules = gatherer.rules();
        var waiting = new HashSet<>(batches.counted());
        var known = new HashSet<>(waiting);
        known.addAll(rules.keySet());
        for (var no : known) {
            var current = current(no);
            if (current.isEmpty()) {
                batches.hasten(no, clock.instant());
                rules.remove(no);
                if (waiting.contains(no)) {
                    groups.forget(no);
                }
            } else {
                var before = rules.put(no, current.get());
                if (before != null && !before.equals(current.get())) {
                    batches.hasten(no, clock.instant());
                }
            }
        }
    }

    /** The rules as they are now; empty if it has none, is not active or is gone. Another node may have made it a moment ago. */
    private Optional<Batch> current(long no) {
        return index.current(no)
                .or(() -> subscriptions.find(no))
                .filter(Subscription::active)
                .map(subscription -> subscription.definition().batch());
    }
}
