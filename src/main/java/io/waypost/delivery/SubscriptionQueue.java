package io.waypost.delivery;

import io.waypost.delivery.limit.ConcurrencyLimit;
import io.waypost.delivery.limit.RateLimit;
import io.waypost.delivery.limit.Share;
import io.waypost.platform.Memory;
import io.waypost.platform.clock.SteadyClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The deliveries of one subscription on this node: so many at once as this node's share of its {@code concurrency} allows, the
 * rest in a short queue. What finds no room becomes a row, so that a slow receiver delays only its own deliveries.
 */
final class SubscriptionQueue {

    /** A delivery that would wait longer becomes a row, so that the log segment it came from need not wait with it. */
    private static final long LONGEST_WAIT_NANOS = Duration.ofMillis(500).toNanos();

    private static final Logger log = LoggerFactory.getLogger(SubscriptionQueue.class);

    private final long subscription;
    private final ConcurrencyLimit limit;
    private final SteadyClock clock;
    private final Consumer<InFlightDelivery> run;
    private final Deque<InFlightDelivery> waiting = new ArrayDeque<>();
    private int concurrency;
    private int running;
    private int slow;
    private final UsualTime usual = new UsualTime();
    private @Nullable RateLimit rate;
    /** Of the last delivery that found no memory to wait in; null if one has found some since. */
    private ConcurrencyLimit.@Nullable Load tooLarge;

    /**
     * @param limit of all subscriptions together
     * @param run makes the delivery, on the calling thread
     */
    SubscriptionQueue(long subscription, ConcurrencyLimit limit, SteadyClock clock, Consumer<InFlightDelivery> run) {
        this.subscription = subscription;
        this.limit = limit;
        this.clock = clock;
        this.run = run;
    }

    long subscription() {
        return subscription;
    }

    /** Sets this node's share of the subscription's limits. */
    synchronized void limit(Share share) {
        concurrency = share.places();
        var perSecond = share.perSecond();
        if (perSecond == null) {
            rate = null;
        } else if (rate == null) {
            rate = new RateLimit(perSecond, clock.now());
        } else {
            rate.change(perSecond, clock.now());
        }
    }

    /** Takes a token of its rate limit; without a limit there always is one. */
    synchronized boolean hasToken() {
        return rate == null || rate.take(clock.now());
    }

    /** How long a token takes to come. */
    synchronized Duration tokenInterval() {
        return rate == null ? Duration.ZERO : rate.interval();
    }

    /** When a delivery that found no room may come back, by the steady clock. */
    synchronized Instant comeBack() {
        var now = clock.now();
        return rate == null ? now.plus(ConcurrencyLimit.PATIENCE) : rate.comeBack(now);
    }

    /**
     * Reserves the memory the delivery takes while it waits.
     *
     * @return false if there is none now
     */
    synchronized boolean findMemory(InFlightDelivery delivery) {
        var load = delivery.load();
        if (!limit.beginWaiting(load)) {
            tooLarge = load;
            return false;
        }
        delivery.waits(limit::endWaiting);
        tooLarge = null;
        return true;
    }

    /**
     * Takes the delivery.
     *
     * @return false if it has no room, or no token, for it now
     */
    synchronized boolean offer(InFlightDelivery delivery) {
        if (stuck() || (waitNanos() > LONGEST_WAIT_NANOS && !lacksProcessors()) || !hasToken()) {
            return false;
        }
        delivery.enters(this, clock.now());
        if (running < concurrency) {
            running++;
            Thread.ofVirtual().name("delivery").start(() -> work(delivery));
        } else {
            waiting.add(delivery);
            limit.queued();
        }
        return true;
    }

    private void work(InFlightDelivery first) {
        for (var delivery = first; delivery != null; delivery = next()) {
            try {
                run.accept(delivery);
            } catch (RuntimeException | Error e) {
                Memory.endIfGone(e);
                // The queue goes on; the delivery is taken up again from its row or its log segment.
                log.error(
                        "Delivery {} ended with an error of ours",
                        delivery.key().id(),
                        e);
            }
            // Without the wait for a permit, which says nothing about the receiver.
            if (delivery.hasStarted()) {
                took(delivery.heldFor(clock.now()).toNanos());
            }
        }
    }

    /** Whether its deliveries take long because the processors are short, and not because of its receiver. */
    synchronized boolean lacksProcessors() {
        return !stuck() && limit.lacksProcessors(usual.nanos());
    }

    private synchronized void took(long nanos) {
        limit.took(nanos);
        usual.took(nanos);
    }

    /** How long a delivery that comes now would wait for a place, at the usual time of a delivery. */
    private long waitNanos() {
        return running < concurrency ? 0 : usual.nanos() * (waiting.size() + 1) / concurrency;
    }

    /** The next delivery for a place that has become free; null after giving the place back. */
    private synchronized @Nullable InFlightDelivery next() {
        while (running <= concurrency) {
            var delivery = waiting.poll();
            if (delivery == null) {
                break;
            }
            limit.unqueued();
            if (!delivery.closed()) {
                return delivery;
            }
        }
        running--;
        return null;
    }

    /** Whether all places are held by slow attempts. */
    synchronized boolean stuck() {
        return slow >= concurrency;
    }

    /** Whether a delivery as large as the last one refused for its size would find memory now. */
    synchronized boolean hasMemory() {
        return tooLarge == null || limit.mayWait(tooLarge);
    }

    /** How many more deliveries it would take now. */
    synchronized int room() {
        return stuck() ? 0 : Math.max(0, concurrency + 16 - running - waiting.size());
    }

    /** Whether a delivery would begin at once. */
    synchronized boolean hasPlace() {
        return !stuck() && running + waiting.size() < concurrency && (rate == null || rate.hasToken(clock.now()));
    }

    /** Whether nothing would be lost if it were made anew. */
    synchronized boolean idle() {
        return running == 0 && waiting.isEmpty() && (rate == null || rate.rested(clock.now())) && hasMemory();
    }

    synchronized int inFlight() {
        return running;
    }

    synchronized void oneMoreIsSlow() {
        slow++;
    }

    synchronized void oneLessIsSlow() {
        slow--;
    }

    /** Takes the delivery out if it waits here. */
    synchronized boolean withdraw(InFlightDelivery delivery) {
        var removed = waiting.remove(delivery);
        if (removed) {
            limit.unqueued();
        }
        return removed;
    }

    /**
     * The time a delivery usually takes: a moving average. A pause of this machine must not look like a slow receiver, or the
     * whole queue would become rows, which cost more than making the deliveries; so one delivery weighs little, unless it took
     * so long that it must have been the receiver.
     */
    static final class UsualTime {

        private static final long LONG_NANOS = Duration.ofMillis(100).toNanos();
        private static final int WEIGHT = 64;
        private static final int WEIGHT_OF_LONG = 8;

        private long nanos;

        void took(long time) {
            nanos += (time - nanos) / (time < LONG_NANOS ? WEIGHT : WEIGHT_OF_LONG);
        }

        long nanos() {
            return nanos;
        }
    }
}
