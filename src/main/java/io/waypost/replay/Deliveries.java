package io.waypost.replay;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.platform.Part;
import java.util.Optional;

/**
 * Deliveries as the API and the console show them: those that are stored, and those in a replay buffer, which may not be.
 */
public interface Deliveries {

    /** Newest first; where the part ends is {@link DeliveryQuery#before} of the next one. */
    Part<Delivery, DeliveryKey> list(DeliveryQuery query);

    Optional<Delivery.WithAttempts> find(DeliveryKey key);

    /**
     * Makes one attempt now, with the next number, instead of the planned one.
     *
     * @throws io.waypost.platform.Refused (not found), or (conflict) if the subscription is not active or an attempt is
     *     under way
     */
    void retry(DeliveryKey key);
}
