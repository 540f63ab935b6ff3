package io.waypost.testing;

import java.time.Duration;

/** Slowness on purpose: of a receiver, or between what a test does to a process. The one place that sleeps. */
public final class Delays {

    /**
     * What a machine with other things to do may add to anything: a test that bounds real time tells "in time" from "never",
     * and no more.
     */
    public static final Duration PAUSE = Duration.ofSeconds(10);

    /**
     * How long a unit test waits for another thread, which mostly takes milliseconds. Mutation tests give it fewer seconds with
     * {@code -Dwaypost.soon}, because what they break is often waited for in vain.
     */
    public static final Duration SOON = Duration.ofSeconds(Integer.getInteger("waypost.soon", 30));

    private Delays() {}

    public static void of(int millis) {
        of(Duration.ofMillis(millis));
    }

    /** Ends early when its thread is interrupted, which it remembers. */
    public static void of(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
