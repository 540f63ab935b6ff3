package io.waypost.delivery.log;

import io.waypost.subscription.Subscription;

/** What is kept for subscriptions that get nothing now. */
public interface Buffers {

    /** How much waits in its buffer, and what came after the buffer's window. */
    BufferSize bufferSize(Subscription subscription);

    /**
     * @param count buffered deliveries, and those of a running replay that were not sent yet
     * @param dropped events that came after the window
     */
    record BufferSize(long count, long dropped) {}
}
