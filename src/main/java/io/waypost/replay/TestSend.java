package io.waypost.replay;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.subscription.Subscription;
import org.jspecify.annotations.Nullable;

/** Trying a subscription out. */
public interface TestSend {

    /**
     * Stores a sample event marked as test and sends it once to the subscription, also when it is not active. Counts
     * nowhere.
     *
     * @param type the type of the sample; null: the first type the subscription names
     */
    Attempt test(Subscription subscription, @Nullable String type);
}
