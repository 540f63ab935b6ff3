package io.waypost.delivery;

import io.waypost.delivery.permit.ConcurrencyLimit;
import io.waypost.delivery.permit.Share;
import io.waypost.platform.Memory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The deliveries of one subscription on this node: so many at once as this node's share of its {@code concurrency} allows, the
 * rest in a short waitingHere. What finds no place is turned away and gets a row instead, so that nobody waits for a slow receiver but its own.
 */
final class SubscriptionQueue {

    /** Who would wait longer than this is better off as a row: the segment it came from must not wait with it. */
    private static final long LONGEST_WAIT_NANOS = Duration.ofMillis(500).toNanos();

    private static final Logger log = LoggerFactory.getLogger(SubscriptionQueue.class);

    private final long subscription;
    private final LongAdder waiting;
    private final Consumer<InFlightDelivery> run;
    private final Deque<InFlightDelivery> waitingHere = new ArrayDeque<>();
    private int concurrency;
    private int running;
    private int slow;
    private final Usual usual = new Usual();
    private @Nullable Pace pace;
    /** Of the last one that found no memory to wait in, if none has found some since. */
    private ConcurrencyLimit.@Nullable Load tooLarge;

    /**
     * @param waiting counts what waits in all queues together
     * @param run makes the delivery, on the calling thread
     */
    SubscriptionQueue(long subscription, LongAdder waiting, Consumer<InFlightDelivery> run) {
        this.waiting = waiting;
        this.subscription = subscription;
        this.run = run;
    }

    long subscription() {
        return subscription;
    }

    /** Takes over the limits of the subscription as they are for this node now. */
    synchronized void limit(Share share) {
        concurrency = share.places();
        var perSecond = share.perSecond();
        if (perSecond == null) {
            pace = null;
        } else if (pace == null) {
            pace = new Pace(perSecond);
        } else {
            pace.change(perSecond);
        }
    }

    /** Takes a token of its rate, if there is one; without a rate there always is. */
    synchronized boolean hasToken() {
        return pace == null || pace.take();
    }

    /** How long a token takes to come. */
    synchronized Duration tokenInterval() {
        return pace == null ? Duration.ZERO : pace.interval();
    }

    /** When who was turned away may come back, by the steady clock. */
    synchronized Instant comeBack(Instant now) {
        return pace == null ? now.plus(ConcurrencyLimit.PATIENCE) : pace.comeBack(now);
    }

    /** Finds it memory to wait in. @return false if there is none now */
    synchronized boolean findMemory(ConcurrencyLimit permits, InFlightDelivery delivery) {
        var load = delivery.load();
        if (!permits.beginWaiting(load)) {
            tooLarge = load;
            return false;
        }
        delivery.waits(permits::endWaiting);
        tooLarge = null;
        return true;
    }

    /** @return false if there is no place for it now */
    synchronized boolean offer(InFlightDelivery delivery) {
        if (stuck() || waitNanos() > LONGEST_WAIT_NANOS || !hasToken()) {
            return false;
        }
        delivery.enters(this);
        if (running < concurrency) {
            running++;
            Thread.ofVirtual().name("delivery").start(() -> work(delivery));
        } else {
            waitingHere.add(delivery);
            waiting.increment();
        }
        return true;
    }

    private void work(InFlightDelivery first) {
        for (var delivery = first; delivery != null; delivery = next()) {
            try {
                run.accept(delivery);
            } catch (RuntimeException | Error e) {
                Memory.endIfGone(e);
                // The queue goes on; the delivery has a row or a segment that answers for it.
                log.error(
                        "Delivery {} ended with an error of ours",
                        delivery.key().id(),
                        e);
            }
            // Not with the wait for a permit: that says nothing about the receiver.
            if (delivery.hasStarted()) {
                took(delivery.heldFor().toNanos());
            }
        }
    }

    private synchronized void took(long nanos) {
        usual.took(nanos);
    }

    /** How long one that comes now would wait for its turn, if things go on as they did. */
    private long waitNanos() {
        return running < concurrency ? 0 : usual.nanos() * (waitingHere.size() + 1) / concurrency;
    }

    /** The next in the waitingHere, or null after giving the place back. */
    private synchronized @Nullable InFlightDelivery next() {
        while (running <= concurrency) {
            var delivery = waitingHere.poll();
            if (delivery == null) {
                break;
            }
            waiting.decrement();
            if (!delivery.closed()) {
                return delivery;
            }
        }
        running--;
        return null;
    }

    /** All places are held by attempts that take long: what comes now would wait for them. */
    synchronized boolean stuck() {
        return slow >= concurrency;
    }

    /** Whether one as large as the last that was turned away would find memory to wait in. */
    synchronized boolean hasMemory(ConcurrencyLimit permits) {
        return tooLarge == null || permits.mayWait(tooLarge);
    }

    /** How many more it would take now. */
    synchronized int room() {
        return stuck() ? 0 : Math.max(0, concurrency + 16 - running - waitingHere.size());
    }

    /** Whether one would begin at once, and at its rate. */
    synchronized boolean hasPlace() {
        return !stuck() && running + waitingHere.size() < concurrency && (pace == null || pace.hasToken());
    }

    /** Whether a new one would be just the same. */
    synchronized boolean idle(Instant now) {
        return running == 0 && waitingHere.isEmpty() && (pace == null || pace.rested(now));
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

    /** Takes it out of the waitingHere if it still waits there. */
    synchronized boolean withdraw(InFlightDelivery delivery) {
        var removed = waitingHere.remove(delivery);
        if (removed) {
            waiting.decrement();
        }
        return removed;
    }

    /**
     * The time a delivery usually takes. A pause of this machine must not look like a slow receiver, or a whole waitingHere would
     * become rows that cost more than to make the deliveries; so one delivery weighs little, unless it took so long that it
     * was the receiver.
     */
    static final class Usual {

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

    /**
     * Keeps a subscription's deliveries to its rate, in every second and not only on average: a bucket that holds little more
     * than one, just enough for who comes back late not to lose its turn. What finds it empty is sent away with a time to come
     * back, each a little later than the one before, so that they do not all come back at once.
     */
    private static final class Pace {

        /** Part of a second; what comes back later than that has lost the tokens of the time beyond it. */
        private static final double LATENESS = 0.2;

        private double perSecond;
        private double tokens;
        private long filledNanos = System.nanoTime();
        private Instant lastReturn = Instant.MIN;

        /** @param perSecond above 0 */
        Pace(double perSecond) {
            this.perSecond = perSecond;
            this.tokens = 1;
        }

        /** Goes on at that rate, with what there is. */
        synchronized void change(double rate) {
            fill();
            perSecond = rate;
        }

        synchronized Duration interval() {
            return Duration.ofNanos((long) (1e9 / perSecond));
        }

        /** Takes a token if there is one. */
        synchronized boolean take() {
            if (!hasToken()) {
                return false;
            }
            tokens--;
            return true;
        }

        synchronized boolean hasToken() {
            fill();
            return tokens >= 1;
        }

        private void fill() {
            var now = System.nanoTime();
            var capacity = 1 + perSecond * LATENESS;
            tokens = Math.min(capacity, tokens + (now - filledNanos) / 1e9 * perSecond);
            filledNanos = now;
        }

        /** Whether a new one would give no more than this one, and nobody it sent away is still to come back. */
        synchronized boolean rested(Instant now) {
            return hasToken() && !lastReturn.isAfter(now);
        }

        /** When who found no token may come back. */
        synchronized Instant comeBack(Instant now) {
            var step = interval();
            var earliest = now.plus(step);
            var next = lastReturn.isBefore(now) ? earliest : lastReturn.plus(step);
            lastReturn = next.isBefore(earliest) ? earliest : next;
            return lastReturn;
        }
    }
}
