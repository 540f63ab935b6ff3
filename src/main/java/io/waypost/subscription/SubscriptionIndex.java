package io.waypost.subscription;

import io.waypost.event.Event;
import java.util.List;
import java.util.Optional;

/** All subscriptions in memory, arranged so that those who want an event are found fast. */
public interface SubscriptionIndex {

    /** Who wants the event: type, filter and condition hold. Also those that are not active. */
    List<Subscription> matching(Event event);

    /** The subscription as it is now on this node. */
    Optional<Subscription> current(long no);

    /** Those that this node cannot read, and so does not send for; at most so many of them. */
    List<Subscription> unreadable(int most);

    /** Takes in a change at once (the node that made it does not wait for the next poll). */
    void put(Subscription subscription);

    void remove(long no);

    /** Reads what other nodes changed. Called about twice a second. */
    void refresh();

    /**
     * Reads those again that this node could not read, since another may have sealed them with a key this one has. Of very
     * many each call reads the next in turn.
     */
    void readAgain();
}
