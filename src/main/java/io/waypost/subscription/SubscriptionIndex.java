package io.waypost.subscription;

import io.waypost.event.Event;
import io.waypost.subscription.Evaluations.Patience;
import java.util.List;
import java.util.Optional;

/** All subscriptions in memory, arranged so that those who want an event are found fast. */
public interface SubscriptionIndex {

    /** Who wants the event: type, filter and condition hold. Also those that are not active. Waits for what takes long. */
    List<Subscription> matching(Event event);

    /** The same without waiting, for the thread that all events pass: what takes longer to say is left open. */
    List<Candidate> candidates(Event event);

    /**
     * Whether the subscription, as it is now on this node, wants the event.
     *
     * @return empty if that takes long and its tenant has too much waiting already, for who does not wait
     */
    Optional<Boolean> wants(Subscription subscription, Event event, Patience patience);

    /**
     * Who may want an event.
     *
     * @param certain whether it does; if not, {@link #wants} tells
     */
    record Candidate(Subscription subscription, boolean certain) {}

    /** The subscription as it is now on this node. */
    Optional<Subscription> current(long no);

    /** Those that this node cannot read, and so does not send for; at most so many of them. */
    List<Subscription> unreadable(int most);

    /** Takes in a change at once (the node that made it does not wait for the next poll). */
    void put(Subscription subscription);

    void remove(long no);

    /** Reads what other nodes changed. Called about twice a second. */
    void refresh();

    /** As {@link #refresh}, unless everything up to the revision has been read. */
    void refreshTo(long revision);

    /**
     * Reads those again that this node could not read, since another may have sealed them with a key this one has. Of very
     * many each call reads the next in turn.
     */
    void readAgain();
}
