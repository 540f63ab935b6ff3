package io.waypost.delivery.log;

import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.subscription.Subscription;
import org.jspecify.annotations.Nullable;

/** What owners are to be told beside what {@link DeliveryLog} leaves for them by itself. */
public interface OwnerNotices {

    /**
     * Leaves a notice that a deactivated subscription gets events again; to be called in the transaction that switches it on.
     *
     * @param subscription as it is from now on
     * @param kept what was in its buffer; null if that is not known
     */
    void reactivated(Subscription subscription, @Nullable BufferSize kept);
}
