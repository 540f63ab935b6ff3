package io.waypost.delivery.permit;

import io.waypost.platform.Memory;
import io.waypost.platform.WaypostProperties;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.springframework.stereotype.Component;

/**
 * What all attempts of this node share. An attempt that takes longer than a second trades its permit for a slow one, so that
 * slow receivers use up only their own subscription's places.
 */
@Component
public class Permits {

    /** From here on an attempt counts as slow, and what waits in a queue is parked. */
    public static final Duration PATIENCE = Duration.ofSeconds(1);

    /** With this many waiting the node has enough to do; the rest can as well wait in the log, or as rows. */
    private static final int MOST_WAITING = 1_000;

    /** So many may wait however slow things go, or the lanes would run dry. */
    private static final int LEAST_WAITING = 32;

    /** What is made of a large event for an attempt, its tree, its text and its bytes, takes so many times its size. */
    private static final int TIMES = 6;

    /** Events below that many characters are not counted: as many as there are permits take next to nothing. */
    private static final int SMALL = 32 * 1024;

    /** What the large events of attempts may take; and as much those of slow ones. */
    private static final int MOST_KIBIBYTES = (int) (Memory.share(256L * 1024 * 1024, 8) / 1024);

    private final Semaphore permits;
    private final Semaphore slowPermits;
    private final Semaphore kibibytes = new Semaphore(MOST_KIBIBYTES);
    private final Semaphore slowKibibytes = new Semaphore(MOST_KIBIBYTES);
    private final Throughput landed = new Throughput();
    private final CpuLoad cpu;

    Permits(CpuLoad cpu, WaypostProperties properties) {
        this.cpu = cpu;
        this.permits = new Semaphore(properties.delivery().permits());
        this.slowPermits = new Semaphore(properties.delivery().slowPermits());
    }

    /**
     * @param size of the events that the attempt carries, in characters
     * @return false if there was none for as long as one waits, or no room for what is so large
     */
    public boolean take(long size) throws InterruptedException {
        var memory = memory(size);
        // First of all: who has a permit and waits for room would keep it from the small ones.
        if (memory > 0 && !kibibytes.tryAcquire(memory, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            return false;
        }
        var taken = false;
        try {
            taken = permits.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!taken) {
                kibibytes.release(memory);
            }
        }
        return taken;
    }

    /** What is larger than all there is goes alone. */
    private static int memory(long size) {
        return size < SMALL ? 0 : (int) Math.min(TIMES * (size / 1024), MOST_KIBIBYTES);
    }

    /** As {@link #take}; an interruption is the same as none. */
    public boolean takeUnlessInterrupted(long size) {
        try {
            return take(size);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** @return false if there is no slow one: the attempt keeps the permit it has */
    public boolean takeSlow(long size) {
        if (!slowKibibytes.tryAcquire(memory(size))) {
            return false;
        }
        if (!slowPermits.tryAcquire()) {
            slowKibibytes.release(memory(size));
            return false;
        }
        return true;
    }

    /** A delivery has landed. */
    public void giveBack(boolean slow, long size) {
        landed.count();
        if (slow) {
            giveBackSlow(size);
        } else {
            giveBackTraded(size);
        }
    }

    /** What was not needed after all. */
    public void giveBackSlow(long size) {
        slowPermits.release();
        slowKibibytes.release(memory(size));
    }

    /** What was traded for a slow one. */
    public void giveBackTraded(long size) {
        permits.release();
        kibibytes.release(memory(size));
    }

    /**
     * Whether so much waits for a place that more would only wait with it. When it is the processors that are short, and
     * not some receiver, that is soon: to park a delivery as a row costs more of them than to make it.
     *
     * @param waiting how many deliveries wait for a place in their lane
     */
    public boolean crowded(long waiting) {
        var most = cpu.exhausted()
                ? Math.clamp(landed.in(PATIENCE.toNanos() / 8), LEAST_WAITING, MOST_WAITING)
                : MOST_WAITING;
        return waiting > most || permits.getQueueLength() > most || kibibytes.hasQueuedThreads();
    }

    /**
     * Returns when there is room for more, or when there has been none for a while.
     *
     * @param goesOn whether it is waited for any more
     */
    public void awaitRoom(LongSupplier waiting, BooleanSupplier goesOn) throws InterruptedException {
        var patience = System.nanoTime() + PATIENCE.toNanos();
        while (goesOn.getAsBoolean() && crowded(waiting.getAsLong()) && System.nanoTime() < patience) {
            Thread.sleep(1);
        }
    }

    /** To be called several times a second. */
    public void look() {
        landed.look();
    }
}
