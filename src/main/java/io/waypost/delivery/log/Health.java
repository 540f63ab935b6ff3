package io.waypost.delivery.log;

import io.waypost.subscription.Subscription.Deactivation;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The recent failures of a subscription's receiver.
 *
 * @param failures failed attempts in a row, over all deliveries of the subscription
 * @param firstFailureAt when the first of them failed; null if there is none
 */
public record Health(int failures, @Nullable Instant firstFailureAt) {

    public static final Health GOOD = new Health(0, null);

    /** The health with one more failure. */
    public Health afterFailure(Instant at) {
        return new Health(failures + 1, firstFailureAt == null || at.isBefore(firstFailureAt) ? at : firstFailureAt);
    }

    /** Whether the limit is reached by the failures up to the given time: enough of them, over a long enough time. */
    public boolean tips(Deactivation limit, Instant at) {
        return limit.afterFailures() > 0
                && failures >= limit.afterFailures()
                && firstFailureAt != null
                && !at.isBefore(firstFailureAt.plus(limit.over()));
    }
}
