package io.waypost.delivery;

import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.permit.ConcurrencyLimit;
import io.waypost.platform.node.Nodes;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Looks at what takes long. Slow attempts get a row and give their shared permit back, waiting deliveries are parked. */
@Component
class SlowAttempts {

    private final DeliveryQueues queues;
    private final SubscriptionIndex index;
    private final Recorder recorder;
    private final Circuits circuits;
    private final ConcurrencyLimit permits;
    private final Nodes nodes;
    private final Clock clock;
    private final DeliveryMetrics metrics;
    private Set<String> among;

    SlowAttempts(
            DeliveryQueues queues,
            SubscriptionIndex index,
            Recorder recorder,
            Circuits circuits,
            ConcurrencyLimit permits,
            Nodes nodes,
            Clock clock,
            DeliveryMetrics metrics) {
        this.queues = queues;
        this.index = index;
        this.recorder = recorder;
        this.circuits = circuits;
        this.permits = permits;
        this.nodes = nodes;
        this.clock = clock;
        this.metrics = metrics;
        this.among = nodes.living();
    }

    @Scheduled(fixedDelayString = "${waypost.delivery.sweep:100ms}")
    void look() {
        permits.look();
        for (var delivery : queues.inAir()) {
            if (delivery.heldFor().compareTo(ConcurrencyLimit.PATIENCE) > 0) {
                slow(delivery);
            } else if (delivery.queuedFor().compareTo(ConcurrencyLimit.PATIENCE) > 0 && !queues.withdraw(delivery)) {
                answerFor(delivery, Parked.QUEUE);
            }
        }
        queues.forgetIdle();
        shareAnew();
    }

    private void shareAnew() {
        var living = nodes.living();
        if (!living.equals(among)) {
            among = living;
            queues.limitAnew();
        }
    }

    private void slow(InFlightDelivery delivery) {
        answerFor(delivery, Parked.SLOW);
        var queue = delivery.queue();
        if (queue != null && queue.stuck()) {
            circuits.stuck(delivery.key().subscription(), delivery.silence());
        }
        if (permits.takeSlow(delivery.load())) {
            if (delivery.becomeSlow()) {
                permits.giveBackTraded(delivery.load());
                if (queue != null) {
                    queue.oneMoreIsSlow();
                }
            } else {
                permits.giveBackSlow(delivery.load());
            }
        }
    }

    /** A row that comes due after the attempt must be over, in case this node dies before it is. */
    private void answerFor(InFlightDelivery delivery, Parked why) {
        var limit = index.current(delivery.key().subscription())
                .map(s -> s.definition().effectiveTimeout())
                .orElse(Duration.ZERO);
        var now = clock.instant();
        var dueAt = now.plus(limit).plus(Courier.GRACE);
        if (delivery.cover(() -> recorder.record(delivery.waiting(dueAt, now)))) {
            metrics.parked(why);
        }
    }
}
