package io.waypost.api.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** So much of something at once, of which nobody may have more than a half. */
final class Allowance {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition given = lock.newCondition();
    private final long most;
    private final Map<String, Long> owners = new HashMap<>();
    private long used;

    Allowance(long most) {
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
    boolean take(String owner, long amount, Duration patience) throws InterruptedException {
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
        return owners.getOrDefault(owner, 0L) + amount <= most - most / 2;
    }

    private void add(String owner, long amount) {
        used += amount;
        owners.merge(owner, amount, (had, more) -> had + more == 0 ? null : had + more);
    }

    /** Takes some though there is none. */
    void force(String owner, long amount) {
        lock.lock();
        try {
            add(owner, amount);
        } finally {
            lock.unlock();
        }
    }

    void give(String owner, long amount) {
        lock.lock();
        try {
            add(owner, -amount);
            given.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Makes some of what one has the other's. @return false if it would be more than a share; then nothing changes */
    boolean hand(String from, String to, long amount) {
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
