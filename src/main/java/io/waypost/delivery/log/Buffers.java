package io.waypost.delivery.log;

import io.waypost.subscription.Subscription;

/** The sizes of replay buffers. */
public interface Buffers {

    /** The size of the subscription's buffer, including the rest of replays in progress. */
    BufferSize bufferSize(Subscription subscription);

    /**
     * The size of a buffer.
     *
     * @param count buffered deliveries, and those of a replay in progress that have not been sent yet
     * @param dropped events that came after the buffer's window and were not kept
     */
    record BufferSize(long count, long dropped) {}
}
