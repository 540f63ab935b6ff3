package io.waypost.delivery;

import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import java.util.List;

/** Where the deliveries of subscriptions with batches are gathered until they go together. A port of this package. */
public interface Batches {

    /** An event that a subscription with batches wants. */
    record Member(Event event, Subscription subscription) {}

    /**
     * Makes deliveries that wait for their batch; when this returns they are on disk, with the date at which their batch
     * goes at the latest. Those there already are kept.
     *
     * @throws org.springframework.dao.DataAccessException if they cannot be stored now; then nobody answers for them
     */
    void gather(List<Member> members);

    /**
     * Something of the subscription is due.
     *
     * @return whether the subscription has batches, so that what is due is taken up here, and only here
     */
    boolean takesUp(long subscription);
}
