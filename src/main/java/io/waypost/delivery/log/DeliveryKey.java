package io.waypost.delivery.log;

import io.waypost.platform.Ids;
import java.time.Instant;

/**
 * Identifies a delivery; its id is computed from this key.
 *
 * @param createdAt for a delivery made by the fan-out the time its event was received, so that every node computes the same
 *     id; for a replay of a range the time it was asked for
 * @param seq of the event
 * @param subscription its internal number
 */
public record DeliveryKey(Instant createdAt, long seq, long subscription) implements Comparable<DeliveryKey> {

    private static final String PREFIX = "dlv";

    public String id() {
        return Ids.of(PREFIX, Ids.micros(createdAt), seq, subscription);
    }

    /** @throws io.waypost.platform.Refused (not found) if the text is no id of a delivery */
    public static DeliveryKey of(String id) {
        var numbers = Ids.numbers(PREFIX, id, 3);
        return new DeliveryKey(Ids.instant(numbers[0]), numbers[1], numbers[2]);
    }

    @Override
    public int compareTo(DeliveryKey other) {
        var byTime = createdAt.compareTo(other.createdAt);
        var bySeq = byTime != 0 ? byTime : Long.compare(seq, other.seq);
        return bySeq != 0 ? bySeq : Long.compare(subscription, other.subscription);
    }
}
