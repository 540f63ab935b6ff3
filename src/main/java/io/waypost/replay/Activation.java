package io.waypost.replay;

import io.waypost.subscription.Subscription;

/** Switching subscriptions off and on again by hand, and what becomes of their buffers. */
public interface Activation {

    /**
     * Makes it active. With {@code replayEvents} the buffered events are sent, without it they are discarded. Changes
     * nothing if it is active already.
     */
    Subscription activate(Subscription subscription, boolean replayEvents);

    /** Makes it paused: from now on events go to its buffer. Changes nothing if it is not active. */
    default Subscription pause(Subscription subscription) {
        return pause(subscription, "requested");
    }

    /** The same. @param reason a word for programs, kept in its state */
    Subscription pause(Subscription subscription, String reason);

    /** How much waits in its buffer, and what came after the buffer's window. */
    BufferSize bufferSize(Subscription subscription);

    /**
     * @param count buffered deliveries, and those of a running replay that were not sent yet
     * @param dropped events that came after the window
     */
    record BufferSize(long count, long dropped) {}
}
