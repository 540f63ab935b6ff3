package io.waypost.replay;

import io.waypost.delivery.log.Buffers;
import io.waypost.subscription.Subscription;

/** Switching subscriptions off and on again by hand, and what becomes of their buffers. */
public interface Activation extends Buffers {

    /**
     * Makes it active. With {@code replayEvents} the buffered events are sent, without it they are discarded. Changes
     * nothing if it is active already.
     */
    Subscription activate(Subscription subscription, boolean replayEvents);

    /** Makes it paused: from now on events go to its buffer. Changes nothing if it is not active. */
    default Subscription pause(Subscription subscription) {
        return pause(subscription, "requested");
    }

    /**
     * The same.
     *
     * @param reason a word for programs, kept in its state
     */
    Subscription pause(Subscription subscription, String reason);
}
