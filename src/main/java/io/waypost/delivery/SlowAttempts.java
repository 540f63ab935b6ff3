package io.waypost.delivery;

import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.circuit.Circuits;
import io.waypost.delivery.limit.ConcurrencyLimit;
import io.waypost.platform.Fault;
import io.waypost.platform.Worker;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.node.Nodes;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Watches over what takes longer than a second: such an attempt gets a row and trades its permit for one of slow attempts, and a
 * delivery that has waited as long for its place becomes a row. Rests while no delivery is under way.
 */
@Component
class SlowAttempts implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SlowAttempts.class);

    private static final Duration PACE = Duration.ofMillis(100);

    private final DeliveryQueues queues;
    private final SubscriptionIndex index;
    private final Recorder recorder;
    private final Circuits circuits;
    private final ConcurrencyLimit limit;
    private final Nodes nodes;
    private final Clock clock;
    private final SteadyClock steady;
    private final DeliveryMetrics metrics;
    private final StorageWatch storage;
    private final Fault fault = new Fault(
            log, "Slow attempts cannot be looked for; it is tried again", "Slow attempts are looked for again");
    private final CountDownLatch ended = new CountDownLatch(1);
    private Set<String> among;
    private volatile boolean running;
    private @Nullable Worker worker;

    SlowAttempts(
            DeliveryQueues queues,
            SubscriptionIndex index,
            Recorder recorder,
            Circuits circuits,
            ConcurrencyLimit limit,
            Nodes nodes,
            StorageWatch storage,
            Clock clock,
            DeliveryMetrics metrics) {
        this.queues = queues;
        this.index = index;
        this.recorder = recorder;
        this.circuits = circuits;
        this.limit = limit;
        this.nodes = nodes;
        this.storage = storage;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.metrics = metrics;
        this.among = nodes.living();
    }

    private void round() throws InterruptedException {
        // Before the look, so that it finds what the last delivery has left.
        var none = queues.underWay().all().isEmpty();
        if (!storage.fails()) {
            look();
            fault.over();
        }
        if (none) {
            queues.underWay().awaitSome(this::isRunning);
        } else {
            var _ = ended.await(PACE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    void look() {
        limit.look();
        var now = steady.now();
        for (var delivery : queues.underWay().all()) {
            if (delivery.heldFor(now).compareTo(ConcurrencyLimit.PATIENCE) > 0) {
                slow(delivery, now);
            } else if (delivery.queuedFor(now).compareTo(ConcurrencyLimit.PATIENCE) > 0
                    && !waitsForProcessors(delivery)
                    && !queues.withdraw(delivery)) {
                answerFor(delivery, Parked.QUEUE);
            }
        }
        queues.forgetIdle();
        shareAnew();
    }

    private static boolean waitsForProcessors(InFlightDelivery delivery) {
        var queue = delivery.queue();
        return queue != null && queue.lacksProcessors();
    }

    private void shareAnew() {
        var living = nodes.living();
        if (!living.equals(among)) {
            among = living;
            queues.limitAnew();
        }
    }

    private void slow(InFlightDelivery delivery, Instant now) {
        answerFor(delivery, Parked.SLOW);
        var queue = delivery.queue();
        if (queue != null && queue.stuck()) {
            circuits.stuck(delivery.key().subscription(), delivery.silence(now));
        }
        if (limit.takeSlow(delivery.load())) {
            if (delivery.becomeSlow()) {
                limit.giveBackTraded(delivery.load());
                if (queue != null) {
                    queue.oneMoreIsSlow();
                }
            } else {
                limit.giveBackSlow(delivery.load());
            }
        }
    }

    /** Gives it a row that is due when the attempt must be over, so that another node takes it up if this one dies before. */
    private void answerFor(InFlightDelivery delivery, Parked why) {
        var timeout = index.current(delivery.key().subscription())
                .map(s -> s.definition().effectiveTimeout())
                .orElse(Duration.ZERO);
        var now = clock.instant();
        var dueAt = now.plus(timeout).plus(Courier.GRACE);
        if (delivery.cover(() -> recorder.record(delivery.waiting(dueAt, now)))) {
            metrics.parked(why);
        }
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.repeat("slow-attempts", this::isRunning, this::round, PACE, fault::failed);
    }

    @Override
    public void stop() {
        running = false;
        ended.countDown();
        queues.underWay().wake();
        var started = worker;
        if (started != null) {
            started.awaitEnd(Duration.ofSeconds(5));
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stopped after Camel's routes, whose attempts it watches. */
    @Override
    public int getPhase() {
        return 0;
    }
}
