package io.waypost.delivery.limit;

import io.waypost.platform.FairLimit;
import io.waypost.platform.Memory;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/**
 * What all attempts of this node share: so many at once, and so much memory. An attempt that takes longer than a second trades its permit for a slow one, so that
 * slow receivers use up only their own subscription's places.
 */
@Component
public class ConcurrencyLimit {

    /** From here on an attempt counts as slow, and what waits in a queue is parked. */
    public static final Duration PATIENCE = Duration.ofSeconds(1);

    /** So long who waits for room does so before it looks whether it is still to. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /** With this many waiting the node has enough to do; the rest can as well wait in the log, or as rows. */
    private static final int MOST_WAITING = 1_000;

    /** So many may wait however slow things go, or the queues would run dry. */
    private static final int LEAST_WAITING = 32;

    /** What the large events of attempts may take, in KiB; and as much those of slow ones. */
    private static final int MOST_KIBIBYTES = (int) (Memory.share(256L * 1024 * 1024, 8) / 1024);

    /** What deliveries that make a short wait in memory may take, in KiB; the others make theirs as rows. */
    private static final int MOST_RESTING_KIBIBYTES = (int) (Memory.share(64L * 1024 * 1024, 32) / 1024);

    /** What the large events that wait for their attempt may take, in KiB. */
    private static final int MOST_WAITING_KIBIBYTES = (int) (Memory.share(128L * 1024 * 1024, 16) / 1024);

    private final Semaphore permits;
    private final Semaphore slowPermits;
    private final FairLimit memory = new FairLimit(MOST_KIBIBYTES);
    private final FairLimit slowMemory = new FairLimit(MOST_KIBIBYTES);
    private final FairLimit waitingMemory = new FairLimit(MOST_WAITING_KIBIBYTES);
    private final FairLimit restingMemory = new FairLimit(MOST_RESTING_KIBIBYTES);
    private final LongAdder queued = new LongAdder();
    private final Throughput ended;
    private final CpuLoad cpu;
    private final SteadyClock clock;
    private final Object room = new Object();
    private volatile int waitForRoom;

    ConcurrencyLimit(CpuLoad cpu, Clock clock, WaypostProperties properties) {
        this.cpu = cpu;
        this.clock = SteadyClock.of(clock);
        this.ended = new Throughput(this.clock.now());
        this.permits = new Semaphore(properties.delivery().permits());
        this.slowPermits = new Semaphore(properties.delivery().slowPermits());
    }

    /**
     * What a delivery takes of the memory, for whom.
     *
     * @param size of its events, in characters
     */
    public record Load(String tenant, long size) {

        /** What is smaller is not counted while it is attempted or waits for that: so many as may be take next to nothing. */
        private static final int SMALL = 32 * 1024;

        /** What is made of an event for an attempt, its tree, its text and its bytes, takes so many times its size. */
        private static final int TIMES = 6;

        /** Beside its event, in KiB. */
        private static final int OF_A_DELIVERY = 2;

        /** Whether it is not counted. */
        public boolean isSmall() {
            return size < SMALL;
        }

        /** What is larger than its tenant's share has all of it. */
        private long within(FairLimit limit, int times) {
            return Math.min(times * (size / 1024), limit.share());
        }

        private boolean take(FairLimit limit, Duration patience) throws InterruptedException {
            return isSmall() || limit.take(tenant, within(limit, TIMES), patience);
        }

        private boolean tryTake(FairLimit limit, int times) {
            return isSmall() || limit.tryTake(tenant, within(limit, times));
        }

        private void give(FairLimit limit, int times) {
            if (!isSmall()) {
                limit.give(tenant, within(limit, times));
            }
        }
    }

    /** @return false if there was none for as long as one waits, or no memory for what is so large */
    public boolean take(Load load) throws InterruptedException {
        // First of all: who has a permit and waits for memory would keep it from the small ones.
        if (!load.take(memory, PATIENCE)) {
            return false;
        }
        var taken = false;
        try {
            taken = permits.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!taken) {
                load.give(memory, Load.TIMES);
            }
        }
        return taken;
    }

    /** As {@link #take}; an interruption is the same as none. */
    public boolean takeUnlessInterrupted(Load load) {
        try {
            return take(load);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** @return false if there is no slow one: the attempt keeps the permit it has */
    public boolean takeSlow(Load load) {
        if (!load.tryTake(slowMemory, Load.TIMES)) {
            return false;
        }
        if (!slowPermits.tryAcquire()) {
            load.give(slowMemory, Load.TIMES);
            return false;
        }
        return true;
    }

    /** An attempt is over. */
    public void giveBack(boolean slow, Load load) {
        ended.count();
        if (slow) {
            giveBackSlow(load);
        } else {
            giveBackTraded(load);
        }
    }

    /** What was not needed after all. */
    public void giveBackSlow(Load load) {
        slowPermits.release();
        load.give(slowMemory, Load.TIMES);
    }

    /** What was traded for a slow one. */
    public void giveBackTraded(Load load) {
        permits.release();
        load.give(memory, Load.TIMES);
    }

    /** @return false if what waits already takes all the memory there is for that: it can as well wait as a row */
    public boolean beginWaiting(Load load) {
        return load.tryTake(waitingMemory, 1);
    }

    /** For each {@link #beginWaiting} once: its attempt begins, or it has become a row. */
    public void endWaiting(Load load) {
        load.give(waitingMemory, 1);
    }

    /** @return false if what makes a short wait already takes all the memory there is for that */
    public boolean beginResting(Load load) {
        return load.isSmall() && restingMemory.tryTake(load.tenant, load.size / 1024 + Load.OF_A_DELIVERY);
    }

    /** For each {@link #beginResting} once. */
    public void endResting(Load load) {
        restingMemory.give(load.tenant, load.size / 1024 + Load.OF_A_DELIVERY);
    }

    /** Whether what is so large would find memory to wait in. */
    public boolean mayWait(Load load) {
        return load.isSmall() || waitingMemory.hasRoom(load.tenant, load.within(waitingMemory, 1));
    }

    /** One more delivery waits for a place of its subscription. */
    public void queued() {
        queued.increment();
    }

    /** For each {@link #queued} once. */
    public void unqueued() {
        queued.decrement();
        if (waitForRoom > 0) {
            synchronized (room) {
                room.notifyAll();
            }
        }
    }

    /**
     * Whether so much waits for a place that more would only wait with it. When it is the processors that are short, and
     * not some receiver, that is soon: to park a delivery as a row costs more of them than to make it.
     */
    public boolean crowded() {
        var most = cpu.exhausted()
                ? Math.clamp(ended.in(PATIENCE.dividedBy(8)), LEAST_WAITING, MOST_WAITING)
                : MOST_WAITING;
        return queued.sum() > most || permits.getQueueLength() > most;
    }

    /**
     * Returns when there is room for more, or when there has been none for a while.
     *
     * @param goesOn whether it is waited for any more
     */
    public void awaitRoom(BooleanSupplier goesOn) throws InterruptedException {
        if (!goesOn.getAsBoolean() || !crowded()) {
            return;
        }
        var patience = clock.now().plus(PATIENCE);
        synchronized (room) {
            waitForRoom = waitForRoom + 1;
            try {
                while (goesOn.getAsBoolean() && crowded() && clock.now().isBefore(patience)) {
                    room.wait(LOOK_AGAIN.toMillis());
                }
            } finally {
                waitForRoom = waitForRoom - 1;
            }
        }
    }

    /** To be called several times a second. */
    public void look() {
        ended.look(clock.now());
    }

    /** How many attempts end in a given time, as it was of late. Counted by many threads, looked at by one. */
    private static final class Throughput {

        /** How much the latest look weighs: a third. */
        private static final int SMOOTHING = 3;

        private final LongAdder done = new LongAdder();
        private long doneBefore;
        private Instant lookedAt;
        private volatile double perNano;

        Throughput(Instant now) {
            lookedAt = now;
        }

        void count() {
            done.increment();
        }

        void look(Instant now) {
            var nanos = Duration.between(lookedAt, now).toNanos();
            if (nanos <= 0) {
                return;
            }
            var total = done.sum();
            var before = perNano;
            perNano = before + ((total - doneBefore) / (double) nanos - before) / SMOOTHING;
            doneBefore = total;
            lookedAt = now;
        }

        long in(Duration time) {
            return (long) (perNano * time.toNanos());
        }
    }
}
