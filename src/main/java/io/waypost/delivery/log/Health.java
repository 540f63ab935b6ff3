package io.waypost.delivery.log;

import io.waypost.subscription.Subscription.Deactivation;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a subscription's receiver has been doing.
 *
 * @param failures attempts in a row that failed, over all its deliveries
 * @param firstFailureAt the first of them; null if there is none
 */
public record Health(int failures, @Nullable Instant firstFailureAt) {

    public static final Health GOOD = new Health(0, null);

    /** With one more failure. */
    public Health afterFailure(Instant at) {
        return new Health(failures + 1, firstFailureAt == null || at.isBefore(firstFailureAt) ? at : firstFailureAt);
    }

    /** Whether a failure at the given time is one too many. */
    public boolean tips(Deactivation limit, Instant at) {
        return limit.afterFailures() > 0
                && failures >= limit.afterFailures()
                && firstFailureAt != null
                && !at.isBefore(firstFailureAt.plus(limit.over()));
    }
}
