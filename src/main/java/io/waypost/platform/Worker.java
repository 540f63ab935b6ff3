package io.waypost.platform;

import java.time.Duration;

/** A thread of its own for a part that works as long as the gateway runs. */
public final class Worker {

    private final Thread thread;

    private Worker(Thread thread) {
        this.thread = thread;
    }

    public static Worker start(String name, Runnable work) {
        return new Worker(Thread.ofPlatform().name(name).start(work));
    }

    /** Breaks off what it waits for. */
    public void interrupt() {
        thread.interrupt();
    }

    /** Waits until it has ended, {@code most} at the longest. */
    public void awaitEnd(Duration most) {
        try {
            thread.join(most);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
