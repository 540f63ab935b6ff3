package io.waypost.replay;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.subscription.Subscription;
import org.jspecify.annotations.Nullable;

/** Tests a subscription with a sample event. */
public interface TestSend {

    /**
     * Stores a sample event marked as test and sends it to the subscription once, even if it is not active. The attempt
     * does not affect the subscription's health.
     *
     * @param type the type of the sample; null: the first type the subscription names
     * @return the attempt with its outcome
     */
    Attempt test(Subscription subscription, @Nullable String type);
}
