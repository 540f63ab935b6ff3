package io.waypost.replay;

import io.waypost.delivery.log.Buffers;
import io.waypost.subscription.Subscription;

/** Pauses and activates subscriptions on request, and decides what happens to their replay buffers. */
public interface Activation extends Buffers {

    /**
     * Activates a subscription. Does nothing if it is active already.
     *
     * @param replayEvents whether the buffered events are replayed; if not, they are discarded
     * @return the subscription as it is now
     */
    Subscription activate(Subscription subscription, boolean replayEvents);

    /** Pauses a subscription: from now on its events go into its replay buffer. Does nothing if it is not active. */
    default Subscription pause(Subscription subscription) {
        return pause(subscription, "requested");
    }

    /**
     * As {@link #pause(Subscription)}.
     *
     * @param reason a code for programs, stored in the subscription's state
     * @return the subscription as it is now
     */
    Subscription pause(Subscription subscription, String reason);
}
