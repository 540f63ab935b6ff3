package io.waypost.delivery.batch;

import io.waypost.platform.due.DueWatch;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Follows changes of subscriptions with deliveries that wait for a batch. If the rules for batches have changed, these
 * deliveries become due at once and are sent. If the subscription is not active or is deleted, they become due too, so that
 * they are found and go into its replay buffer or are removed.
 */
@Component
class BatchTidy {

    private final BatchGroups groups;
    private final Gatherer gatherer;
    private final BatchLog batches;
    private final SubscriptionIndex index;
    private final SubscriptionStore subscriptions;
    private final DueWatch due;
    private final Clock clock;

    BatchTidy(
            BatchGroups groups,
            Gatherer gatherer,
            BatchLog batches,
            SubscriptionIndex index,
            SubscriptionStore subscriptions,
            DueWatch due,
            Clock clock) {
        this.due = due;
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
        var waiting = new HashSet<Long>(due.last().batches() ? batches.counted() : List.of());
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

    /**
     * The current rules; empty if the subscription has no batches, is not active or is deleted. The store is asked too,
     * because another node may have created it a moment ago.
     */
    private Optional<Batch> current(long no) {
        return index.current(no)
                .or(() -> subscriptions.find(no))
                .filter(Subscription::active)
                .map(subscription -> subscription.definition().batch());
    }
}
