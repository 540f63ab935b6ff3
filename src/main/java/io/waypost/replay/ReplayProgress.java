package io.waypost.replay;

import io.waypost.platform.clock.SteadyClock;
import io.waypost.replay.ReplayStore.Replay;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A replay in progress on this node: how far it has come, and whether this node still holds the claim. */
final class ReplayProgress {

    private final Replay replay;
    private final ReplayStore store;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long next;
    private long remaining;
    private long savedNext;
    private long savedRemaining;
    private volatile Instant renewAt = Instant.MIN;
    private volatile boolean lost;

    ReplayProgress(Replay replay, ReplayStore store) {
        this.replay = replay;
        this.store = store;
        this.next = replay.next();
        this.remaining = replay.remaining();
        this.savedNext = next;
        this.savedRemaining = remaining;
    }

    Replay replay() {
        return replay;
    }

    synchronized long next() {
        return next;
    }

    synchronized long remaining() {
        return remaining;
    }

    /** One more delivery that had no row has been made. */
    synchronized void oneLess() {
        remaining = Math.max(0, remaining - 1);
    }

    /** Everything below this sequence number is on disk. */
    synchronized void advance(long to) {
        next = to;
    }

    /** Saves the progress if there is any, and renews the claim when a third of its lease is over. */
    void keep(SteadyClock clock, Duration lease) {
        var now = clock.now();
        if (hasMoved() || !now.isBefore(renewAt)) {
            save(clock.date(now.plus(lease)));
            renewAt = now.plus(lease.dividedBy(3));
        }
    }

    private synchronized boolean hasMoved() {
        return next != savedNext || remaining != savedRemaining;
    }

    /** Saves the progress and renews the claim. If another node has taken the replay over, it is marked as lost. */
    void save(Instant leaseEnd) {
        long at;
        long left;
        synchronized (this) {
            at = next;
            left = remaining;
        }
        if (!store.progress(replay, at, left, leaseEnd)) {
            lost = true;
        }
        synchronized (this) {
            savedNext = at;
            savedRemaining = left;
        }
    }

    boolean lost() {
        return lost;
    }

    /** Called when this node has stopped working on it. */
    void ended() {
        ended.countDown();
    }

    /** Returns when this node has stopped working on it, or at the given time of the clock. */
    void awaitEnd(SteadyClock clock, Instant until) {
        try {
            var _ = ended.await(Duration.between(clock.now(), until).toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
