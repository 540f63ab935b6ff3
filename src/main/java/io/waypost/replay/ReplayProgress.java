package io.waypost.replay;

import io.waypost.platform.clock.SteadyClock;
import io.waypost.replay.ReplayStore.Replay;
import java.time.Duration;
import java.time.Instant;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A replay in progress on this node: how far it has come, and whether this node still holds the claim. */
final class ReplayProgress {

    private final Replay replay;
    private final ReplayStore store;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long next;

    /** As of {@link #next}: what is below has been taken off. */
    private long remaining;

    /** Of what is not below it: what has been made, by the sequence numbers. At most a page. */
    private final NavigableSet<Long> made = new TreeSet<>();

    private long savedNext;
    private long savedMade;
    private volatile Instant renewAt = Instant.MIN;
    private volatile boolean lost;

    ReplayProgress(Replay replay, ReplayStore store) {
        this.replay = replay;
        this.store = store;
        this.next = replay.next();
        this.remaining = replay.remaining();
        this.savedNext = next;
    }

    Replay replay() {
        return replay;
    }

    synchronized long next() {
        return next;
    }

    synchronized long remaining() {
        return Math.max(0, remaining - made.size());
    }

    /** One more delivery that had no row has been made. */
    synchronized void oneLess(long seq) {
        made.add(seq);
    }

    /**
     * Everything below this sequence number is on disk.
     *
     * @param missed how many deliveries of the missed range are below it that were not before, whoever made them
     */
    synchronized void advance(long to, int missed) {
        next = to;
        remaining = Math.max(0, remaining - missed);
        made.headSet(to).clear();
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
        return next != savedNext || made.size() != savedMade;
    }

    /** Saves the progress and renews the claim. If another node has taken the replay over, it is marked as lost. */
    void save(Instant leaseEnd) {
        long at;
        long left;
        long madeOfThem;
        synchronized (this) {
            at = next;
            left = remaining;
            madeOfThem = made.size();
        }
        if (!store.progress(replay, at, left, madeOfThem, leaseEnd)) {
            lost = true;
        }
        synchronized (this) {
            savedNext = at;
            savedMade = madeOfThem;
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
