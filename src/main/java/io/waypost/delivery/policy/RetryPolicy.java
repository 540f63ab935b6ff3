package io.waypost.delivery.policy;

import io.waypost.connector.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When to try again, and when to give up.
 *
 * @param schedule the waits after the 1st, 2nd, … failed attempt
 * @param jitter the most by which a wait is lengthened, as a part of it; it is never shortened
 */
public record RetryPolicy(List<Duration> schedule, double jitter, RandomGenerator random) {

    /** A receiver that has answered "too much" for this long will not be asked again. */
    static final Duration LONGEST_THROTTLE = Duration.ofHours(24);

    /**
     * Judges the outcome of the given attempt (counted from 1). The receiver's own wish only ever lengthens a wait.
     *
     * @param throttledSince since when the receiver answers "too much"; null if it did not before
     */
    public Verdict judge(Outcome outcome, int attempt, @Nullable Instant throttledSince, Instant now) {
        return switch (outcome) {
            case Outcome.Succeeded _ -> new Verdict.Done();
            case Outcome.Rejected _ -> new Verdict.Exhausted();
            case Outcome.Gone _ -> new Verdict.Deactivate(attempt <= schedule.size());
            case Outcome.Postponed _ -> new Verdict.Postponed(now.plus(lengthened(Outcome.Postponed.WAIT)));
            case Outcome.Throttled throttled ->
                throttledSince != null && !now.isBefore(throttledSince.plus(LONGEST_THROTTLE))
                        ? new Verdict.Exhausted()
                        : new Verdict.WaitUntil(now.plus(throttled.notBefore()));
            case Outcome.Failed failed ->
                attempt > schedule.size()
                        ? new Verdict.Exhausted()
                        : retry(longer(lengthened(schedule.get(attempt - 1)), failed.retryAfter()), now);
        };
    }

    private static Verdict retry(Duration wait, Instant now) {
        return new Verdict.RetryAt(now.plus(wait), wait);
    }

    private Duration lengthened(Duration wait) {
        return jitter == 0 ? wait : wait.plusMillis(Math.round(wait.toMillis() * random.nextDouble(jitter)));
    }

    private static Duration longer(Duration wait, @Nullable Duration wish) {
        return wish != null && wish.compareTo(wait) > 0 ? wish : wait;
    }
}
