package io.waypost.delivery.batch;

import java.io.Serializable;

/**
 * How much waits for the next batch of a subscription; aggregated by the {@code batch} route. It has a constant size and is
 * only a hint: the deliveries themselves are rows.
 *
 * @param subscription its internal number
 * @param first no delivery that waits has a lower sequence number
 * @param count how many deliveries wait
 * @param bytes the size of their events' data
 * @param maxItems the number of deliveries in a full batch
 */
public record PendingBatch(long subscription, long first, int count, long bytes, int maxItems) implements Serializable {

    private static final long serialVersionUID = 1;

    /** 1 MiB: so many bytes of event data make a batch full too; a single event may be larger. */
    public static final long MOST_BYTES = 1024 * 1024;

    /** The sum of both, with the limit of the other one, which is newer. */
    public PendingBatch plus(PendingBatch other) {
        return new PendingBatch(
                subscription, Math.min(first, other.first), count + other.count, bytes + other.bytes, other.maxItems);
    }

    public boolean full() {
        return count >= maxItems || bytes >= MOST_BYTES;
    }
}
