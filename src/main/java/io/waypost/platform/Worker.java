package io.waypost.platform;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A thread of its own for a part that works as long as the gateway runs. */
public final class Worker {

    private final Thread thread;

    private Worker(Thread thread) {
        this.thread = thread;
    }

    public static Worker start(String name, Runnable work) {
        return new Worker(Thread.ofPlatform().name(name).start(work));
    }

    /** One round of its work. It waits for itself where there is nothing to do. */
    @FunctionalInterface
    public interface Round {
        void make() throws InterruptedException;
    }

    /**
     * Makes round after round.
     *
     * @param goesOn asked before each
     * @param failed told what a round ended in; the next comes after the pause
     */
    public static Worker repeat(
            String name, BooleanSupplier goesOn, Round round, Duration pause, Consumer<Throwable> failed) {
        return start(name, () -> {
            try {
                while (goesOn.getAsBoolean()) {
                    try {
                        round.make();
                    } catch (RuntimeException | Error e) {
                        Memory.endIfGone(e);
                        failed.accept(e);
                        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
                    }
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
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
