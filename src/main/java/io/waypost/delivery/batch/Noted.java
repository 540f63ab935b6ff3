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
 * The subscriptions that may have a batch to send, as far as this node knows. In memory: what a crash takes from here goes
 * when it is due.
 */
@Component("batches")
public class Noted {

    /** No sequence number: only what is due. */
    static final long ONLY_DUE = Long.MAX_VALUE;

    /** Subscription → lowest sequence number that waits. */
    private final Map<Long, Long> noted = new ConcurrentHashMap<>();

    private final Semaphore signals = new Semaphore(0);

    /** The step of the {@code batch} route. */
    public void full(@Body PendingBatch full) {
        note(full.subscription(), full.first());
    }

    void note(long subscription, long from) {
        keep(subscription, from);
        if (signals.availablePermits() == 0) {
            signals.release();
        }
    }

    /** As {@link #note}, but nobody need hurry. */
    void keep(long subscription, long from) {
        noted.merge(subscription, from, Math::min);
    }

    /** @return from where on to look; empty if it is not noted (any more) */
    OptionalLong take(long subscription) {
        var from = noted.remove(subscription);
        return from == null ? OptionalLong.empty() : OptionalLong.of(from);
    }

    /** Those that are to be looked at. */
    public List<Long> subscriptions() {
        return List.copyOf(noted.keySet());
    }

    /** Returns when something has been noted, or after {@code most}. */
    void await(Duration most) throws InterruptedException {
        if (signals.tryAcquire(most.toMillis(), TimeUnit.MILLISECONDS)) {
            signals.drainPermits();
        }
    }
}
