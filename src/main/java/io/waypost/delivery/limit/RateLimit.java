package io.waypost.delivery.limit;

import java.time.Duration;
import java.time.Instant;

/**
 * Keeps a subscription's deliveries to its rate, in every second and not only on average: a bucket that holds little more
 * than one token, just enough that a delivery that comes back late does not lose its turn. A delivery that finds no token gets a
 * time to come back, each a little later than the one before, so that they do not all come back at once. All times are those of
 * the steady clock. Not safe for use by several threads.
 */
public final class RateLimit {

    /** In seconds. The tokens of a longer delay are lost. */
    private static final double LATENESS = 0.2;

    private static final double NANOS = 1e9;

    private double perSecond;
    private double tokens = 1;
    private Instant filledAt;
    private Instant lastReturn = Instant.MIN;

    /** @param perSecond above 0 */
    public RateLimit(double perSecond, Instant now) {
        this.perSecond = perSecond;
        this.filledAt = now;
    }

    /** Goes on at that rate, with the tokens there are. */
    public void change(double rate, Instant now) {
        fill(now);
        perSecond = rate;
    }

    /** How long a token takes to come. */
    public Duration interval() {
        return Duration.ofNanos((long) (NANOS / perSecond));
    }

    /** Takes a token if there is one. */
    public boolean take(Instant now) {
        if (!hasToken(now)) {
            return false;
        }
        tokens--;
        return true;
    }

    public boolean hasToken(Instant now) {
        fill(now);
        return tokens >= 1;
    }

    private void fill(Instant now) {
        var capacity = 1 + perSecond * LATENESS;
        tokens = Math.min(capacity, tokens + Duration.between(filledAt, now).toNanos() / NANOS * perSecond);
        filledAt = now;
    }

    /** Whether it has a token, and all deliveries it has sent away may have come back: then a new one would do the same. */
    public boolean rested(Instant now) {
        return hasToken(now) && !lastReturn.isAfter(now);
    }

    /** When a delivery that found no token may come back. */
    public Instant comeBack(Instant now) {
        var step = interval();
        var earliest = now.plus(step);
        var next = lastReturn.isBefore(now) ? earliest : lastReturn.plus(step);
        lastReturn = next.isBefore(earliest) ? earliest : next;
        return lastReturn;
    }
}
