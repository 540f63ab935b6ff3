package io.waypost.delivery.permit;

import java.util.concurrent.atomic.LongAdder;

/** How many of something get done in a given time, as it was of late. Counted by many threads, looked at by one. */
final class Throughput {

    /** How much the latest look weighs: a third. */
    private static final int SMOOTHING = 3;

    private final LongAdder done = new LongAdder();
    private long doneBefore;
    private long lookedAt = System.nanoTime();
    private volatile double perNano;

    void count() {
        done.increment();
    }

    /** To be called several times a second. */
    void look() {
        var now = System.nanoTime();
        var total = done.sum();
        var before = perNano;
        perNano = before + ((total - doneBefore) / (double) (now - lookedAt) - before) / SMOOTHING;
        doneBefore = total;
        lookedAt = now;
    }

    /** @param nanos a time */
    long in(long nanos) {
        return (long) (perNano * nanos);
    }
}
