package io.waypost.delivery.batch;

import java.io.Serializable;

/**
 * How much waits for the next batch of a subscription; what is aggregated. Of constant size, however much waits, and only a
 * hint: what waits is in the rows of the deliveries.
 *
 * @param subscription its internal number
 * @param first no delivery that waits has a lower sequence number
 * @param count how many deliveries wait
 * @param bytes how large the data of their events is
 * @param maxItems with so many the batch is full
 */
public record PendingBatch(long subscription, long first, int count, long bytes, int maxItems) implements Serializable {

    private static final long serialVersionUID = 1;

    /** So much data of events, 1 MiB, makes a batch full too; a single event may be larger. */
    public static final long MOST_BYTES = 1024 * 1024;

    /** Both together; the limit is that of the other, which is newer. */
    public PendingBatch plus(PendingBatch other) {
        return new PendingBatch(
                subscription, Math.min(first, other.first), count + other.count, bytes + other.bytes, other.maxItems);
    }

    public boolean full() {
        return count >= maxItems || bytes >= MOST_BYTES;
    }
}
