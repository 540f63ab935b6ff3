package io.waypost.delivery;

import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import java.util.List;

/** Where the deliveries of subscriptions with batches are gathered until they go together. A port of this package. */
public interface Batches {

    /** An event that a subscription with batches wants. */
    record Member(Event event, Subscription subscription) {}

    /**
     * Makes deliveries that wait for their batch. When this returns they are on disk, with the date at which their batch is sent at
     * the latest. Those that exist are kept.
     *
     * @throws org.springframework.dao.DataAccessException if they cannot be stored; then none of them has been
     */
    void gather(List<Member> members);

    /**
     * To be told when a delivery of the subscription is due.
     *
     * @return whether the subscription has batches, so that its due deliveries are claimed here only
     */
    boolean takesUp(long subscription);
}
