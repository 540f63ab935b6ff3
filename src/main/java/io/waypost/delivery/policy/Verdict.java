package io.waypost.delivery.policy;

import java.time.Duration;
import java.time.Instant;

/** What we make of an outcome. */
public sealed interface Verdict {

    /** Delivered. */
    record Done() implements Verdict {}

    /** Again, not before {@code at}; {@code delay} is the wait from now. */
    record RetryAt(Instant at, Duration delay) implements Verdict {}

    /** Again when the receiver has room; neither a failure nor a step of the schedule. */
    record WaitUntil(Instant at) implements Verdict {}

    /** As if it had not been tried: it comes back at that time, with the attempts it still has. */
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
