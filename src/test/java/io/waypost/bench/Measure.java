package io.waypost.bench;

import io.waypost.testing.Delays;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Takes rates from counters. */
final class Measure {

    private Measure() {}

    /** How much a counter grows a second, over {@code seconds} after {@code warmUp} seconds. */
    static double perSecond(LongSupplier counter, int warmUp, int seconds) {
        pause(Duration.ofSeconds(warmUp));
        var before = counter.getAsLong();
        var begin = System.nanoTime();
        pause(Duration.ofSeconds(seconds));
        return (counter.getAsLong() - before) / ((System.nanoTime() - begin) / 1e9);
    }

    /** @return whether it became true in time */
    static boolean await(BooleanSupplier condition, Duration most) {
        var end = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            pause(Duration.ofMillis(20));
        }
        return true;
    }

    static void pause(Duration time) {
        Delays.of(time);
    }
}
