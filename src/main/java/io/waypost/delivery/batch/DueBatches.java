package io.waypost.delivery.batch;

import io.waypost.delivery.DeliveryQueues;
import io.waypost.delivery.InFlightDelivery;
import io.waypost.delivery.batch.BatchLog.Claim;
import io.waypost.delivery.batch.BatchLog.Order;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.event.EventLog;
import io.waypost.platform.Fault;
import io.waypost.platform.Memory;
import io.waypost.platform.Worker;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Claims batches that are full or due, and starts each as one in-flight delivery. */
@Component
class DueBatches implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(DueBatches.class);

    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

    /** Longer than the longest time limit (60 s), the wait in a queue and the wait for a permit together. */
    private static final Duration LEASE = Duration.ofMinutes(2);

    /** At most so many bytes of event data are in the batches in flight on this node; the other batches wait on disk. */
    private static final long MOST_BYTES = Memory.share(64L * PendingBatch.MOST_BYTES, 32);

    private final BatchLog batches;
    private final Gatherer gatherer;
    private final Noted noted;
    private final EventLog events;
    private final SubscriptionIndex index;
    private final DeliveryQueues queues;
    private final StorageWatch storage;
    private final Clock clock;
    /** Bytes of event data of the batches in flight. */
    private final AtomicLong inFlightBytes = new AtomicLong();

    private final Fault fault =
            new Fault(log, "Batches cannot be looked for; it is tried again", "Batches can be looked for again");
    private volatile boolean running;
    private @Nullable Worker worker;

    DueBatches(
            BatchLog batches,
            Gatherer gatherer,
            Noted noted,
            EventLog events,
            SubscriptionIndex index,
            DeliveryQueues queues,
            StorageWatch storage,
            Clock clock) {
        this.batches = batches;
        this.gatherer = gatherer;
        this.noted = noted;
        this.events = events;
        this.index = index;
        this.queues = queues;
        this.storage = storage;
        this.clock = clock;
    }

    private void look() throws InterruptedException {
        noted.await(POLL);
        if (storage.await(POLL)) {
            noted.subscriptions().forEach(this::takeUp);
            fault.over();
        }
    }

    private void takeUp(long subscription) {
        var definition = index.current(subscription)
                .filter(Subscription::active)
                .map(Subscription::definition)
                .filter(d -> d.batch() != null);
        if (definition.isEmpty()) {
            noted.take(subscription);
            return;
        }
        if (!queues.sends(subscription)) {
            leaveToOthers(subscription, definition.get());
            return;
        }
        while (hasPlace(subscription)) {
            var from = noted.take(subscription);
            if (from.isEmpty() || !takeOne(subscription, definition.get(), from.getAsLong())) {
                return;
            }
        }
    }

    /**
     * For a subscription whose deliveries are made by other nodes. They find a batch that is due by themselves, but only
     * this node may know that it is full: claiming it here makes it due for them at once.
     */
    private void leaveToOthers(long subscription, Definition definition) {
        var from = noted.take(subscription);
        if (from.isPresent() && from.getAsLong() != Noted.ONLY_DUE) {
            takeOne(subscription, definition, from.getAsLong());
        }
    }

    /** @return whether a batch was claimed and started, so that there may be another */
    private boolean takeOne(long subscription, Definition definition, long from) {
        Claim claim;
        try {
            claim = batches.claim(order(subscription, definition, from));
            if (claim.waiting() != null) {
                // Count again from the first row, after the group has been removed. Deliveries that another node adds
                // in
                // between are then counted twice, which makes a batch be looked at too early, but never too late.
                gatherer.forget(subscription);
                claim = batches.claim(order(subscription, definition, 0));
            }
        } catch (RuntimeException | Error e) {
            noted.keep(subscription, from);
            throw e;
        }
        if (!claim.members().isEmpty()) {
            var last = claim.members().getLast();
            noted.keep(subscription, last.attempts() == 0 ? last.key().seq() + 1 : from);
            return send(subscription, claim.members());
        }
        if (claim.soon()) {
            noted.keep(subscription, from);
        } else if (claim.waiting() != null) {
            gatherer.begin(claim.waiting());
        }
        return false;
    }

    /** Batches are large, so one that cannot be sent now waits on disk, not in memory. */
    private boolean hasPlace(long subscription) {
        return running
                && queues.ready()
                && !queues.crowded()
                && inFlightBytes.get() < MOST_BYTES
                && queues.hasPlace(subscription);
    }

    private boolean send(long subscription, List<Claimed> members) {
        var bytes = members.stream().mapToLong(m -> m.event().data().length()).sum();
        inFlightBytes.addAndGet(bytes);
        return queues.take(InFlightDelivery.batch(members, () -> {
            inFlightBytes.addAndGet(-bytes);
            noted.note(subscription, Noted.ONLY_DUE);
        }));
    }

    private Order order(long subscription, Definition definition, long from) {
        var batch = definition.batch();
        var now = clock.instant();
        return new Order(
                subscription,
                batch == null ? 1 : batch.maxItems(),
                definition.ordered(),
                definition.ordered() ? events.settled() : Long.MAX_VALUE,
                from,
                now,
                now.plus(LEASE));
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.repeat("due-batches", this::isRunning, this::look, PAUSE_AFTER_ERROR, fault::failed);
    }

    @Override
    public void stop() {
        running = false;
        noted.wake();
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
