package io.waypost.replay;

import io.waypost.platform.clock.SteadyClock;
import io.waypost.replay.ReplayStore.Replay;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A replay that this node is sending: how far it has come, and whether it is still this node's. */
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

    /** One more delivery that was only a place in the range is under way. */
    synchronized void oneLess() {
        remaining = Math.max(0, remaining - 1);
    }

    /** Everything below is on disk. */
    synchronized void advance(long to) {
        next = to;
    }

    /** Writes down how far it has come, if it has come further, and renews the claim when a third of it is over. */
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

    /** Writes down how far it has come and renews the claim. Another node may have taken it over: then it is lost. */
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

    /** Nothing follows any more. */
    void ended() {
        ended.countDown();
    }

    /** Returns when it has ended, or at that time of the clock. */
    void awaitEnd(SteadyClock clock, Instant until) {
        try {
            var _ = ended.await(Duration.between(clock.now(), until).toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
