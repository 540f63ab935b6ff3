package io.waypost.event;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Between the writer of the log and who works on it, on one node. A signal given while nobody waits is kept. Who works on
 * the log may also get new segments straight from the writer, while they are still in memory.
 */
@Component
public class Appends {

    /** Who takes segments from the writer. */
    public interface Taker {

        /** How many segments it will take, at most {@code most}; each is kept a place for. */
        int reserve(int most);

        /**
         * @param taken leased to this node
         * @param reserved the places that were kept, as many or more
         */
        void hand(List<LogSegment> taken, int reserved);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final AtomicLong signals = new AtomicLong();
    private boolean pending;
    private volatile @Nullable Taker taker;

    public void takenBy(Taker who) {
        taker = who;
    }

    int reserve(int most) {
        var who = taker;
        return who == null ? 0 : who.reserve(most);
    }

    void hand(List<LogSegment> taken, int reserved) {
        var who = taker;
        if (who != null) {
            who.hand(taken, reserved);
        }
    }

    public void signal() {
        signals.incrementAndGet();
        lock.lock();
        try {
            pending = true;
            grown.signal();
        } finally {
            lock.unlock();
        }
    }

    /** How many signals there have been: who finds as many as before has missed nothing of this node's. */
    public long signals() {
        return signals.get();
    }

    /** Returns at the next signal, or after {@code most}; other nodes' appends make no signal here. */
    public void await(Duration most) throws InterruptedException {
        lock.lock();
        try {
            var left = most.toNanos();
            while (!pending && left > 0) {
                left = grown.awaitNanos(left);
            }
            pending = false;
        } finally {
            lock.unlock();
        }
    }
}
