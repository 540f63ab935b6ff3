package io.waypost.delivery;

import java.time.Duration;
import java.time.Instant;

/**
 * Keeps a subscription's deliveries below its rate: a bucket that holds one second's worth. What finds it empty is sent
 * away with a time to come back, each a little later than the one before, so that they do not all come back at once.
 */
final class Pace {

    private final double perSecond;
    private final double capacity;
    private double tokens;
    private long filledNanos = System.nanoTime();
    private Instant lastReturn = Instant.MIN;

    /** @param perSecond above 0 */
    Pace(double perSecond) {
        this.perSecond = perSecond;
        this.capacity = Math.max(1, perSecond);
        this.tokens = capacity;
    }

    Duration interval() {
        return Duration.ofNanos((long) (1e9 / perSecond));
    }

    double perSecond() {
        return perSecond;
    }

    /** Takes a token if there is one. */
    synchronized boolean take() {
        var now = System.nanoTime();
        tokens = Math.min(capacity, tokens + (now - filledNanos) / 1e9 * perSecond);
        filledNanos = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }

    /** When who found no token may come back. */
    synchronized Instant comeBack(Instant now) {
        var step = interval();
        var earliest = now.plus(step);
        var next = lastReturn.isBefore(now) ? earliest : lastReturn.plus(step);
        lastReturn = next.isBefore(earliest) ? earliest : next;
        return lastReturn;
    }
}
