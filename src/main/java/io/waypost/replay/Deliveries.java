package io.waypost.replay;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import java.util.List;
import java.util.Optional;

/** Deliveries as people look at them: those that have a row, and those that wait in a buffer and have none. */
public interface Deliveries {

    /** Newest first. */
    List<Delivery> list(DeliveryQuery query);

    Optional<Delivery.WithAttempts> find(DeliveryKey key);

    /**
     * One attempt now, with the next number, in place of whatever was planned.
     *
     * @throws io.waypost.platform.Refused (not found), or (conflict) if the subscription is not active
     */
    void retry(DeliveryKey key);
}
