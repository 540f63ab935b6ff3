package io.waypost.delivery.policy;

import java.time.Duration;
import java.time.Instant;

/** What follows from an outcome. */
public sealed interface Verdict {

    /** Delivered. */
    record Done() implements Verdict {}

    /** Again, not before {@code at}; {@code delay} is the wait from now. */
    record RetryAt(Instant at, Duration delay) implements Verdict {}

    /** Again when the receiver has room; neither a failure nor a step of the schedule. */
    record WaitUntil(Instant at) implements Verdict {}

    /** Put off until then; no attempt is counted. */
    record Postponed(Instant at) implements Verdict {}

    /** Given up. */
    record Exhausted() implements Verdict {}

    /**
     * The subscription is to be deactivated at once.
     *
     * @param attemptsLeft whether the delivery itself may still be tried when the subscription is active again
     */
    record Deactivate(boolean attemptsLeft) implements Verdict {}
}
