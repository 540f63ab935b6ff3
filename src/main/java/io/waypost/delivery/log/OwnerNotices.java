package io.waypost.delivery.log;

import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.subscription.Subscription;
import org.jspecify.annotations.Nullable;

/** Notices to owners that are not created by {@link DeliveryLog} itself. */
public interface OwnerNotices {

    /**
     * Creates a notice that a deactivated subscription is active again; to be called in the transaction that activates it.
     *
     * @param subscription as it is after the activation
     * @param kept what was in its buffer; null if that is not known
     */
    void reactivated(Subscription subscription, @Nullable BufferSize kept);
}
