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
 * What all attempts of this node share: permits for so many at once, and memory. An attempt that takes longer than a second trades its
 * permit for one of slow attempts, so that slow receivers use up only the places of their own subscriptions.
 */
@Component
public class ConcurrencyLimit {

    /** An attempt that takes longer is slow, and a delivery that waits longer in a queue becomes a row. */
    public static final Duration PATIENCE = Duration.ofSeconds(1);

    /** How often a thread that waits for room looks whether it still has to. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /** Deliveries that wait for a place at most; more can as well wait in the log, or as rows. */
    private static final int MOST_WAITING = 1_000;

    /** A subscription whose deliveries take longer than so many times what all take has a slow receiver. */
    private static final int TIMES_THE_USUAL = 4;

    /** So many may wait however few end in a second, or the queues would run dry. */
    private static final int LEAST_WAITING = 32;

    /** Memory for the large events of attempts, in KiB, and as much again for those of slow attempts. */
    private static final int MOST_KIBIBYTES = (int) (Memory.share(256L * 1024 * 1024, 8) / 1024);

    /** Memory for deliveries that wait for their next attempt, in KiB; others wait as rows. */
    private static final int MOST_RESTING_KIBIBYTES = (int) (Memory.share(64L * 1024 * 1024, 32) / 1024);

    /** Memory for large events that wait for a place, in KiB. */
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
     * The memory a delivery takes, and whose it is.
     *
     * @param size of the data of its events, in characters
     */
    public record Load(String tenant, long size) {

        /** Smaller ones are not counted: as many as there may be take next to nothing. */
        private static final int SMALL = 32 * 1024;

        /** An attempt takes so many times the size of its event: for its tree, its text and its bytes. */
        private static final int TIMES = 6;

        /** What a delivery takes beside its event, in KiB. */
        private static final int OF_A_DELIVERY = 2;

        /** Whether it is not counted. */
        public boolean isSmall() {
            return size < SMALL;
        }

        /** A delivery larger than its tenant's share takes all of that. */
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

    /**
     * Takes a permit, and the memory.
     *
     * @return false if there was none for {@link #PATIENCE}
     */
    public boolean take(Load load) throws InterruptedException {
        // Memory first: a large delivery that waited for it with a permit would keep that from the small ones.
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

    /** As {@link #take}; false if the thread is interrupted. */
    public boolean takeUnlessInterrupted(Load load) {
        try {
            return take(load);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Takes a permit of slow attempts.
     *
     * @return false if there is none: the attempt keeps the permit it has
     */
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

    /**
     * Gives back what an attempt holds.
     *
     * @param slow whether it has a permit of slow attempts
     */
    public void giveBack(boolean slow, Load load) {
        ended.count();
        if (slow) {
            giveBackSlow(load);
        } else {
            giveBackTraded(load);
        }
    }

    /** Gives back a permit of slow attempts. */
    public void giveBackSlow(Load load) {
        slowPermits.release();
        load.give(slowMemory, Load.TIMES);
    }

    /** Gives back an ordinary permit. */
    public void giveBackTraded(Load load) {
        permits.release();
        load.give(memory, Load.TIMES);
    }

    /**
     * Reserves memory for a delivery that waits for a place.
     *
     * @return false if there is none: it can as well wait as a row
     */
    public boolean beginWaiting(Load load) {
        return load.tryTake(waitingMemory, 1);
    }

    /** Once for each {@link #beginWaiting}. */
    public void endWaiting(Load load) {
        load.give(waitingMemory, 1);
    }

    /**
     * Reserves memory for a delivery that waits for its next attempt.
     *
     * @return false if there is none
     */
    public boolean beginResting(Load load) {
        return load.isSmall() && restingMemory.tryTake(load.tenant, load.size / 1024 + Load.OF_A_DELIVERY);
    }

    /** Once for each {@link #beginResting}. */
    public void endResting(Load load) {
        restingMemory.give(load.tenant, load.size / 1024 + Load.OF_A_DELIVERY);
    }

    /** Whether {@link #beginWaiting} would succeed. */
    public boolean mayWait(Load load) {
        return load.isSmall() || waitingMemory.hasRoom(load.tenant, load.within(waitingMemory, 1));
    }

    /** One more delivery waits for a place of its subscription. */
    public void queued() {
        queued.increment();
    }

    /** Once for each {@link #queued}. */
    public void unqueued() {
        queued.decrement();
        // Not at the first free place, or the waiting thread would be woken for each delivery.
        if (waitForRoom > 0 && 4 * queued.sum() <= 3L * most()) {
            synchronized (room) {
                room.notifyAll();
            }
        }
    }

    /**
     * Whether so many deliveries wait for a place that more would only wait behind them. When the processors are short, and not
     * some receiver, few are enough: a row costs more processor time than the delivery.
     */
    public boolean crowded() {
        var most = most();
        return queued.sum() > most || permits.getQueueLength() > most;
    }

    private int most() {
        return cpu.exhausted()
                ? Math.clamp(ended.in(PATIENCE.dividedBy(8)), LEAST_WAITING, MOST_WAITING)
                : MOST_WAITING;
    }

    /**
     * Returns when there is room for more, or when there has been none for a while.
     *
     * @param goesOn whether to go on waiting
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

    /** A delivery has held its permit so long. */
    public void took(long nanos) {
        ended.took(nanos);
    }

    /**
     * Whether a delivery that usually takes so long is slow for want of processors: they are short, and those of other
     * subscriptions take about as long. Then it waits, because a row would cost more of them than the delivery does.
     *
     * @param nanos what the deliveries of a subscription usually take
     */
    public boolean lacksProcessors(long nanos) {
        return cpu.exhausted() && nanos <= TIMES_THE_USUAL * ended.usualNanos();
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
        private final LongAdder taken = new LongAdder();
        private long doneBefore;
        private long takenBefore;
        private volatile long usualNanos;
        private Instant lookedAt;
        private volatile double perNano;

        Throughput(Instant now) {
            lookedAt = now;
        }

        void count() {
            done.increment();
        }

        void took(long time) {
            taken.add(time);
        }

        /** What each took, as it was of late. */
        long usualNanos() {
            return usualNanos;
        }

        void look(Instant now) {
            var nanos = Duration.between(lookedAt, now).toNanos();
            if (nanos <= 0) {
                return;
            }
            var total = done.sum();
            var totalTaken = taken.sum();
            if (total > doneBefore) {
                var usual = usualNanos;
                usualNanos = usual + ((totalTaken - takenBefore) / (total - doneBefore) - usual) / SMOOTHING;
            }
            takenBefore = totalTaken;
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
