package io.waypost.connector.http.client;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.hc.core5.concurrent.Cancellable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts off exchanges whose time is up, whatever they are waiting for. One thread looks over all that are under way every
 * 10 ms: cheaper than a timer for each of tens of thousands a second, nearly all of which end in time.
 */
final class Deadlines implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
    private static final long TICK_NANOS = 10_000_000;

    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean idle;
    private volatile boolean closed;

    Deadlines() {
        thread = Thread.ofPlatform().name("http-deadlines").daemon().start(this::run);
    }

    /** Cancels the exchange once the deadline (in {@link System#nanoTime()}) has passed, unless closed before. */
    Watch watch(long deadline, Cancellable exchange) {
        var watch = new Watch(deadline, exchange);
        watches.add(watch);
        if (idle) {
            LockSupport.unpark(thread);
        }
        return watch;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            idle = true;
            if (watches.isEmpty()) {
                LockSupport.park(this);
            }
            idle = false;
            LockSupport.parkNanos(this, TICK_NANOS);
            var now = System.nanoTime();
            for (var watch : watches) {
                watch.cancelIfDue(now);
            }
        }
    }

    final class Watch implements AutoCloseable {

        private final long deadline;
        private final Cancellable exchange;
        private volatile boolean fired;

        private Watch(long deadline, Cancellable exchange) {
            this.deadline = deadline;
            this.exchange = exchange;
        }

        /** Whether the exchange was cut off. */
        boolean fired() {
            return fired;
        }

        @Override
        public void close() {
            watches.remove(this);
        }

        private void cancelIfDue(long now) {
            if (now - deadline >= 0) {
                fired = true;
                watches.remove(this);
                try {
                    exchange.cancel();
                } catch (RuntimeException e) {
                    // The one thread that watches over all others must not end of it.
                    LOG.warn("An exchange whose time is up could not be cut off", e);
                }
            }
        }
    }
}
