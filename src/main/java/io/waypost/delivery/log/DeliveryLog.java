package io.waypost.delivery.log;

import io.waypost.event.Event;
import io.waypost.platform.Part;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;

/** The rows of deliveries: finished ones, and those in trouble. A port; each call that writes is one transaction at most. */
public interface DeliveryLog {

    /** The data of the events of what is read to be sent, in bytes: at once no more than this, or a single one. */
    long MOST_BYTES = 4L * 1024 * 1024;

    /** Inserts rows and updates rows whose fence still holds; adds the attempts. Rows that exist already are kept. */
    void settle(List<DeliveryUpdate> updates);

    /**
     * Takes deliveries that are due, of active subscriptions, about {@code most}: moves their due date to the end of the
     * lease and raises their fence. Of an ordered subscription only the one whose turn it is and what follows it without
     * a gap, none of it above {@code settled}; it stands together in the result, in order. If more are due, each
     * subscription gets its share, however many the others have.
     *
     * @param lease how long a subscription's deliveries are taken for
     * @param room how many a subscription may get now, 0 or more
     * @param settled the end of what has been fanned out without gaps
     */
    List<Claimed> claimDue(Instant now, LongFunction<Duration> lease, LongToIntFunction room, long settled, int most);

    /**
     * Takes the one delivery, if it is due; of an ordered subscription only if it is the first in line.
     *
     * @return empty if it cannot be taken now
     */
    Optional<Claimed> claim(DeliveryKey key, Instant now, Duration lease);

    /**
     * A delivery that was claimed, with what the next attempt needs to know.
     *
     * @param ordered whether those claimed with it for the same subscription have to wait until it has ended
     */
    record Claimed(
            DeliveryKey key,
            Event event,
            int attempts,
            int used,
            int fence,
            boolean replay,
            @Nullable Instant throttledSince,
            boolean ordered) {}

    /** Which deliveries of the range were fanned out before: for each event's sequence number the subscriptions. */
    Map<Long, Set<Long>> fannedOut(long first, long last);

    Optional<Delivery.WithAttempts> find(DeliveryKey key);

    /** Rows only; newest first. The part's end is the key for {@link DeliveryQuery#before} of the next one. */
    Part<Delivery, DeliveryKey> list(DeliveryQuery query);

    /**
     * Makes a delivery due now for one attempt, in any state; what was planned or claimed is void.
     *
     * @return whether there was a row
     */
    boolean makeDue(DeliveryKey key, Instant now);

    /** Failures in a row, of those subscriptions that have any. */
    Map<Long, Health> health(Collection<Long> subscriptions);

    /**
     * Holds other nodes off the health of receivers, and off changes of subscriptions, until the transaction ends. To be
     * called first in a transaction that may change either, so that no two wait for each other.
     */
    void lockHealth();

    /**
     * Subscriptions that are active but have rows in their buffer and no replay to send them. Of very many with rows in
     * their buffers each call looks at the next in turn.
     */
    List<Long> stranded();

    /** Which subscriptions have failures that were written down after the given revision; all after −1. */
    Failing failing(long after);

    /** @param revision the latest; what comes after it is news */
    record Failing(Set<Long> subscriptions, long revision) {}

    void saveHealth(Map<Long, Health> health);

    /**
     * Makes the subscription inactive, moves its open deliveries into the buffer, and leaves a notice if the gateway did
     * it by itself, all in one transaction.
     *
     * @return the subscription as it is now; empty if it was not active
     */
    Optional<Subscription> deactivate(long subscription, Subscription.State state, Instant now);

    /**
     * Lets the backup URL of an active subscription take over, and leaves a notice if it has not yet. To be called with
     * the {@link #lockHealth lock}, so that of several who ask for it one does it.
     *
     * @param dead what would become of the subscription without a backup
     * @return the subscription as it is now; empty if it is not active
     */
    Optional<Subscription> toBackup(long subscription, Subscription.State dead, Instant now);

    /**
     * Moves open deliveries of inactive subscriptions into their buffers, and removes those of deleted ones: what slipped
     * in beside a change. Looks only at what was due before the given time, since what is due is claimed soon otherwise; and
     * of very many subscriptions at the next in turn.
     *
     * @return how many went into a buffer
     */
    int bufferStrays(Instant dueBefore);

    /**
     * Rows in the buffer of the subscription, by event, from {@code fromSeq} on; fewer than {@code most} also if their events
     * are large.
     */
    List<Claimed> buffered(long subscription, long fromSeq, int most);

    /** How many rows are in the buffer of the subscription. */
    long countBuffered(long subscription);

    /** Which events of the range the subscription has a delivery for that was made by the fan-out or a buffer. */
    Set<Long> had(long subscription, long first, long last);

    /** The status of the newest delivery of each event of the range that the subscription has one of. */
    Map<Long, Delivery.Status> latest(long subscription, long first, long last);

    /** Marks all rows in the buffer of the subscription as discarded. */
    int discardBuffered(long subscription, Instant now);

    /**
     * If the latest activation of the subscription wanted its buffer discarded: marks what came too late for that, deliveries
     * of events from before it that were set aside untried and written down after it. One whose attempt was under way is
     * none of the buffer, and goes on.
     */
    int discardLate(long subscription, Instant now);

    /**
     * One step of deleting what is old, in the order of {@link DeliveryKey}: looks at the next {@code most} deliveries made
     * before {@code olderThan}, and deletes those that are final and whose event is gone, with their attempts.
     *
     * @param after where the step before ended; null for the first
     */
    Purged purge(Instant olderThan, @Nullable DeliveryKey after, int most);

    /**
     * What one step deleted.
     *
     * @param last where the following one goes on; null at the end
     */
    record Purged(int gone, @Nullable DeliveryKey last) {}

    /** Deliveries that wait for an attempt, and when the oldest of them was made (null: none wait). */
    Backlog backlog();

    /** @param oldest null if none wait */
    record Backlog(long deliveries, @Nullable Instant oldest) {}
}
