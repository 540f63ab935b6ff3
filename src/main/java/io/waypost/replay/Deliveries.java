package io.waypost.replay;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.platform.Part;
import java.util.Optional;

/** Deliveries as people look at them: those that have a row, and those that wait in a buffer and have none. */
public interface Deliveries {

    /** Newest first; the part's end is the key for {@link DeliveryQuery#before} of the next one. */
    Part<Delivery, DeliveryKey> list(DeliveryQuery query);

    Optional<Delivery.WithAttempts> find(DeliveryKey key);

    /**
     * One attempt now, with the next number, in place of whatever was planned.
     *
     * @throws io.waypost.platform.Refused (not found), or (conflict) if the subscription is not active
     */
    void retry(DeliveryKey key);
}
