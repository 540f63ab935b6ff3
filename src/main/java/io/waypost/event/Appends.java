package io.waypost.event;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/** Wakes who waits for the log to grow on this node. A signal given while nobody waits is kept. */
@Component
public class Appends {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private boolean pending;

    public void signal() {
        lock.lock();
        try {
            pending = true;
            grown.signal();
        } finally {
            lock.unlock();
        }
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
