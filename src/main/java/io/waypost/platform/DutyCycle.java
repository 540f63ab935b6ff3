package io.waypost.platform;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;

/**
 * Keeps a thread that computes for long from taking a whole processor: it computes for a slice, then it rests, also in the
 * middle of what it computes. For one platform thread each.
 */
public final class DutyCycle {

    private static final ScopedValue<DutyCycle> CURRENT = ScopedValue.newInstance();

    /** Outside of any. */
    private static final DutyCycle NONE = new DutyCycle(Duration.ofDays(1), () -> 1);

    private final long slice;
    private final DoubleSupplier share;
    private long begun;
    private long worked;

    /**
     * @param slice how long it may compute at once
     * @param share of a processor that it may have now: above 0, at most 1
     */
    public DutyCycle(Duration slice, DoubleSupplier share) {
        this.slice = slice.toNanos();
        this.share = share;
    }

    /** Computes something. It may rest before it returns. */
    public void run(Runnable work) {
        begun = System.nanoTime() - worked;
        ScopedValue.where(CURRENT, this).run(work);
        step();
        worked = System.nanoTime() - begun;
    }

    /** The one this thread computes in; one without rests if it computes in none. */
    public static DutyCycle current() {
        return CURRENT.orElse(NONE);
    }

    /** To be called often by what computes. Takes next to nothing, but a rest now and then. */
    public void step() {
        var now = System.nanoTime();
        if (this != NONE && now - begun > slice) {
            var had = share.getAsDouble();
            LockSupport.parkNanos(this, (long) ((now - begun) * (1 - had) / had));
            begun = System.nanoTime();
        }
    }
}
