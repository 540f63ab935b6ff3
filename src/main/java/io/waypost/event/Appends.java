package io.waypost.event;

import io.waypost.platform.due.Due;
import io.waypost.platform.due.DueListener;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Connects the writer of the event log with its consumer on the same node: signals that there are new events, and hands new
 * segments over while they are still in memory. A signal given while nobody waits is kept.
 */
@Component
public class Appends implements DueListener {

    /** Takes segments straight from the writer. */
    public interface Taker {

        /**
         * Reserves places for segments.
         *
         * @return how many were reserved, 0 to {@code most}
         */
        int reserve(int most);

        /**
         * Hands segments over and frees the reserved places that are not used.
         *
         * @param segments leased to this node
         * @param reserved the places that {@link #reserve} returned, at least as many as there are segments
         */
        void handOver(List<LogSegment> segments, int reserved);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition appended = lock.newCondition();
    private final AtomicLong signals = new AtomicLong();
    private boolean pending;
    private boolean someLeft;
    private volatile @Nullable Taker taker;

    public void setTaker(Taker newTaker) {
        taker = newTaker;
    }

    int reserve(int most) {
        var current = taker;
        return current == null ? 0 : current.reserve(most);
    }

    void handOver(List<LogSegment> segments, int reserved) {
        var current = taker;
        if (current != null) {
            current.handOver(segments, reserved);
        }
    }

    /** @param leavesSome whether events may have been appended that are not handed over */
    public void signal(boolean leavesSome) {
        signals.incrementAndGet();
        lock.lock();
        try {
            pending = true;
            someLeft |= leavesSome;
            appended.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Other nodes' events, and what one that died has left. */
    @Override
    public void looked(Due due, Instant now) {
        if (due.unclaimed() || !due.segments().isAfter(now)) {
            wake();
        }
    }

    /** Lets who waits look at the log. */
    public void wake() {
        lock.lock();
        try {
            pending = true;
            someLeft = true;
            appended.signal();
        } finally {
            lock.unlock();
        }
    }

    /** How many signals there have been. While the number is the same, nothing was appended on this node. */
    public long signals() {
        return signals.get();
    }

    /**
     * Returns at the next signal, or after {@code most}.
     *
     * @return whether the log is to be looked at: false if all that was appended has been handed over
     */
    public boolean await(Duration most) throws InterruptedException {
        lock.lock();
        try {
            var left = most.toNanos();
            while (!pending && left > 0) {
                left = appended.awaitNanos(left);
            }
            var look = !pending || someLeft;
            pending = false;
            someLeft = false;
            return look;
        } finally {
            lock.unlock();
        }
    }
}
