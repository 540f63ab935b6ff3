package io.waypost.platform;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** So much of something at once, of which no owner may have more than a half. */
public final class FairLimit {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition given = lock.newCondition();
    private final long most;
    private final Map<String, Long> owners = new HashMap<>();
    private long used;

    /** @param most 1 or more */
    public FairLimit(long most) {
        this.most = most;
    }

    /**
     * Takes some of it.
     *
     * @param owner whose share it is; all those of whom nobody knows who they are have one together
     * @param patience how long to wait until there is so much
     * @return false if there was not; then nothing was taken
     * @throws InterruptedException while it waits
     */
    public boolean take(String owner, long amount, Duration patience) throws InterruptedException {
        lock.lock();
        try {
            var left = patience.toNanos();
            while (!fits(owner, amount)) {
                if (left <= 0) {
                    return false;
                }
                left = given.awaitNanos(left);
            }
            add(owner, amount);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean fits(String owner, long amount) {
        return used + amount <= most && isWithinShare(owner, amount);
    }

    private boolean isWithinShare(String owner, long amount) {
        return owners.getOrDefault(owner, 0L) + amount <= share();
    }

    /** The most that one owner may have. */
    public long share() {
        return most - most / 2;
    }

    /** As {@link #take}, without waiting. */
    public boolean tryTake(String owner, long amount) {
        lock.lock();
        try {
            var fits = fits(owner, amount);
            if (fits) {
                add(owner, amount);
            }
            return fits;
        } finally {
            lock.unlock();
        }
    }

    /** Whether so much more would fit now. */
    public boolean hasRoom(String owner, long amount) {
        lock.lock();
        try {
            return fits(owner, amount);
        } finally {
            lock.unlock();
        }
    }

    private void add(String owner, long amount) {
        used += amount;
        owners.merge(owner, amount, (had, more) -> had + more == 0 ? null : had + more);
    }

    /** Takes some though there is none. */
    public void force(String owner, long amount) {
        lock.lock();
        try {
            add(owner, amount);
        } finally {
            lock.unlock();
        }
    }

    public void give(String owner, long amount) {
        lock.lock();
        try {
            add(owner, -amount);
            given.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Makes some of what one has the other's. @return false if it would be more than a share; then nothing changes */
    public boolean hand(String from, String to, long amount) {
        lock.lock();
        try {
            if (!isWithinShare(to, amount)) {
                return false;
            }
            add(from, -amount);
            add(to, amount);
            return true;
        } finally {
            lock.unlock();
        }
    }
}
