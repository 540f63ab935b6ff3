package io.waypost.delivery.batch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Body;
import org.springframework.stereotype.Component;

/**
 * The subscriptions that may have a batch to send, as far as this node knows. Kept in memory only: after a crash the
 * batches are sent when they are due.
 */
@Component("batches")
public class Noted {

    /** Instead of a sequence number: look only for batches that are due. */
    static final long ONLY_DUE = Long.MAX_VALUE;

    /** Subscription → the lowest sequence number that waits for a batch. */
    private final Map<Long, Long> noted = new ConcurrentHashMap<>();

    private final Semaphore signals = new Semaphore(0);

    /** Called by the {@code batch} route with a full group. */
    public void full(@Body PendingBatch full) {
        note(full.subscription(), full.first());
    }

    void note(long subscription, long from) {
        keep(subscription, from);
        wake();
    }

    void wake() {
        if (signals.availablePermits() == 0) {
            signals.release();
        }
    }

    /** As {@link #note}, but does not wake the worker. */
    void keep(long subscription, long from) {
        noted.merge(subscription, from, Math::min);
    }

    /** @return the sequence number to look from; empty if the subscription is not noted any more */
    OptionalLong take(long subscription) {
        var from = noted.remove(subscription);
        return from == null ? OptionalLong.empty() : OptionalLong.of(from);
    }

    /** The subscriptions that are noted. */
    public List<Long> subscriptions() {
        return List.copyOf(noted.keySet());
    }

    /** Returns when something has been noted, or after {@code most} if something still is. */
    void await(Duration most) throws InterruptedException {
        if (noted.isEmpty()) {
            signals.acquire();
        } else {
            var _ = signals.tryAcquire(most.toMillis(), TimeUnit.MILLISECONDS);
        }
        signals.drainPermits();
    }
}
