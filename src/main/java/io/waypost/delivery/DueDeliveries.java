package io.waypost.delivery;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DueSignal;
import io.waypost.event.EventLog;
import io.waypost.platform.Fault;
import io.waypost.platform.Worker;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Claims due deliveries: retries, what found no place before, what a node that died left behind. */
@Component
class DueDeliveries implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(DueDeliveries.class);

    private static final Duration POLL = Duration.ofMillis(250);

    /** So long after the last look it looks even if nobody has said that anything is due. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

    private static final int MOST = 256;

    private final DeliveryLog deliveries;
    private final EventLog events;
    private final SubscriptionIndex index;
    private final DeliveryQueues queues;
    private final Batches batches;
    private final DueSignal signal;
    private final StorageWatch storage;
    private final Clock clock;
    private final SteadyClock steady;
    private final Fault fault = new Fault(
            log, "Due deliveries cannot be looked for; it is tried again", "Due deliveries can be looked for again");
    private volatile boolean running;
    private @Nullable Worker worker;

    DueDeliveries(
            DeliveryLog deliveries,
            EventLog events,
            SubscriptionIndex index,
            DeliveryQueues queues,
            Batches batches,
            DueSignal signal,
            StorageWatch storage,
            Clock clock) {
        this.deliveries = deliveries;
        this.events = events;
        this.index = index;
        this.queues = queues;
        this.batches = batches;
        this.signal = signal;
        this.storage = storage;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
    }

    private void look() throws InterruptedException {
        if (storage.await(POLL)) {
            var more = takeUp();
            fault.over();
            if (!more) {
                signal.await(LONGEST);
            }
        }
    }

    /** @return whether more is probably due and would find a place */
    private boolean takeUp() {
        if (!queues.ready() || queues.crowded()) {
            return false;
        }
        var claimed = deliveries.claimDue(clock.instant(), this::lease, this::room, events.settled(), MOST);
        var allFoundPlaces = true;
        var someAreLarge = false;
        for (var delivery : OrderedClaims.begin(claimed, steady.now())) {
            allFoundPlaces &= queues.take(delivery);
            someAreLarge |= !delivery.load().isSmall();
        }
        // Large ones are claimed a few at a time.
        return claimed.size() >= MOST || (someAreLarge && allFoundPlaces);
    }

    private int room(long subscription) {
        return batches.takesUp(subscription) ? 0 : queues.room(subscription);
    }

    /** How long an attempt of a delivery that is claimed now may take, with its waits for a place and a permit. */
    private Duration lease(long subscription) {
        return index.current(subscription)
                .map(s -> s.definition().effectiveTimeout())
                .orElse(Duration.ZERO)
                .plus(OrderedClaims.LONGEST)
                .plus(Courier.GRACE);
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.repeat("due-deliveries", this::isRunning, this::look, PAUSE_AFTER_ERROR, fault::failed);
    }

    @Override
    public void stop() {
        running = false;
        signal.wake();
        var started = worker;
        if (started != null) {
            started.awaitEnd(Duration.ofSeconds(5));
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Started after Camel's routes, and stopped before them. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 10;
    }
}
