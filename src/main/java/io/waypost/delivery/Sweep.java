package io.waypost.delivery;

import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.permit.Permits;
import io.waypost.platform.node.Nodes;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Looks at what takes long. Slow attempts get a row and give their shared permit back, waiting flights are parked. */
@Component
class Sweep {

    private final Lanes lanes;
    private final SubscriptionIndex index;
    private final Recorder recorder;
    private final Circuits circuits;
    private final Permits permits;
    private final Nodes nodes;
    private final Clock clock;
    private final DeliveryMetrics metrics;
    private Set<String> among;

    Sweep(
            Lanes lanes,
            SubscriptionIndex index,
            Recorder recorder,
            Circuits circuits,
            Permits permits,
            Nodes nodes,
            Clock clock,
            DeliveryMetrics metrics) {
        this.lanes = lanes;
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
        for (var flight : lanes.inAir()) {
            if (flight.heldFor().compareTo(Permits.PATIENCE) > 0) {
                slow(flight);
            } else if (flight.queuedFor().compareTo(Permits.PATIENCE) > 0 && !lanes.withdraw(flight)) {
                answerFor(flight, Parked.QUEUE);
            }
        }
        lanes.forgetIdle();
        shareAnew();
    }

    private void shareAnew() {
        var living = nodes.living();
        if (!living.equals(among)) {
            among = living;
            lanes.limitAnew();
        }
    }

    private void slow(Flight flight) {
        answerFor(flight, Parked.SLOW);
        var lane = flight.lane();
        if (lane != null && lane.stuck()) {
            circuits.stuck(flight.key().subscription(), flight.silence());
        }
        if (permits.takeSlow(flight.load())) {
            if (flight.becomeSlow()) {
                permits.giveBackTraded(flight.load());
                if (lane != null) {
                    lane.oneMoreIsSlow();
                }
            } else {
                permits.giveBackSlow(flight.load());
            }
        }
    }

    /** A row that comes due after the attempt must be over, in case this node dies before it is. */
    private void answerFor(Flight flight, Parked why) {
        var limit = index.current(flight.key().subscription())
                .map(s -> s.definition().effectiveTimeout())
                .orElse(Duration.ZERO);
        var now = clock.instant();
        var dueAt = now.plus(limit).plus(Courier.GRACE);
        if (flight.cover(() -> recorder.record(flight.waiting(dueAt, now)))) {
            metrics.parked(why);
        }
    }
}
