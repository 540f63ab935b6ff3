package io.waypost.delivery;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries of an ordered subscription that were claimed together. Each is made after the one before it has ended and its
 * end is on disk; as soon as one does not end, the others are given back.
 */
final class OrderedClaims {

    /** After this no further delivery of them is begun, so that its attempt is over before its claim ends. */
    static final Duration LONGEST = Duration.ofSeconds(5);

    private final Deque<DeliveryLog.Claimed> left;
    private final Instant claimedAt;

    private OrderedClaims(Collection<DeliveryLog.Claimed> left, Instant claimedAt) {
        this.left = new ArrayDeque<>(left);
        this.claimedAt = claimedAt;
    }

    /**
     * The deliveries to begin with: all that were claimed, but only the first one of each ordered subscription.
     *
     * @param now by the steady clock
     */
    static List<InFlightDelivery> begin(List<DeliveryLog.Claimed> claimed, Instant now) {
        var deliveries = new ArrayList<InFlightDelivery>();
        for (int i = 0, end; i < claimed.size(); i = end) {
            end = i + 1;
            while (end < claimed.size() && follows(claimed.get(end), claimed.get(i))) {
                end++;
            }
            var following = new OrderedClaims(claimed.subList(i + 1, end), now);
            deliveries.add(InFlightDelivery.claimed(claimed.get(i), following));
        }
        return deliveries;
    }

    private static boolean follows(DeliveryLog.Claimed next, DeliveryLog.Claimed first) {
        return next.ordered() && next.key().subscription() == first.key().subscription();
    }

    /** Whether another delivery waits until the end of the current one is on disk. */
    synchronized boolean goesOn() {
        return !left.isEmpty();
    }

    /**
     * The next delivery; null if there is none, or if they were claimed more than {@link #LONGEST} ago.
     *
     * @param now by the steady clock
     * @param begins called with it under the lock, so that it is known elsewhere before it is missing here
     */
    synchronized @Nullable InFlightDelivery next(Instant now, Consumer<InFlightDelivery> begins) {
        if (left.isEmpty() || now.isAfter(claimedAt.plus(LONGEST))) {
            return null;
        }
        var next = InFlightDelivery.claimed(left.remove(), this);
        begins.accept(next);
        return next;
    }

    /** Removes one that has not been begun. */
    synchronized void leaveOut(DeliveryKey key) {
        left.removeIf(claimed -> claimed.key().equals(key));
    }

    /** Removes and returns those that have not been begun. */
    synchronized List<DeliveryLog.Claimed> giveUp() {
        var rest = List.copyOf(left);
        left.clear();
        return rest;
    }
}
