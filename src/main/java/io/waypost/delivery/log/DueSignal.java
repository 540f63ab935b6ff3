package io.waypost.delivery.log;

import io.waypost.platform.due.Due;
import io.waypost.platform.due.DueListener;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** Wakes the worker that claims due deliveries. Signals given before it waits count as one. */
@Component
public class DueSignal implements DueListener {

    private final Semaphore signals = new Semaphore(0);

    public void wake() {
        if (signals.availablePermits() == 0) {
            signals.release();
        }
    }

    @Override
    public void looked(Due due, Instant now) {
        if (!due.deliveries().isAfter(now)) {
            wake();
        }
    }

    /** Returns when something may be due, or after {@code most}. */
    public void await(Duration most) throws InterruptedException {
        if (signals.tryAcquire(most.toMillis(), TimeUnit.MILLISECONDS)) {
            signals.drainPermits();
        }
    }
}
