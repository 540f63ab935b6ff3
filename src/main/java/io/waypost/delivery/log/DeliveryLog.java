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

/**
 * The deliveries that are stored: those that have ended, and those that have a row because they wait for a later attempt or are in
 * a replay buffer. A port; each call that writes is at most one transaction.
 */
public interface DeliveryLog {

    /**
     * Deliveries that are read to be sent have at most so many bytes of event data at once, unless a single event is
     * larger.
     */
    long MOST_BYTES = 4L * 1024 * 1024;

    /**
     * Stores the states of deliveries, and the attempts. One that goes on gets a row, or changes the one that it has; what has
     * ended has none any more. An update of a row with a fence that is not that of its claim any more has no effect.
     *
     * @throws org.springframework.dao.DuplicateKeyException if one that goes on and is to get a row has one already
     */
    void settle(List<DeliveryUpdate> updates);

    /**
     * Claims about {@code most} due deliveries of active subscriptions: moves their due date to the end of the lease and
     * raises their fence. Of an ordered subscription only its next delivery and those that follow it without a gap are
     * claimed, none above {@code settled}; they are adjacent in the result, in order. If more are due than can be claimed,
     * each subscription gets a share.
     *
     * @param lease how long the deliveries of the given subscription are leased
     * @param room how many deliveries of the given subscription may be claimed now, 0 or more
     * @param settled everything up to this sequence number has been fanned out
     */
    List<Claimed> claimDue(Instant now, LongFunction<Duration> lease, LongToIntFunction room, long settled, int most);

    /**
     * Claims one delivery if it is due; of an ordered subscription only if it is the next one.
     *
     * @return empty if it cannot be claimed now
     */
    Optional<Claimed> claim(DeliveryKey key, Instant now, Duration lease);

    /**
     * A claimed delivery, with what the next attempt needs.
     *
     * @param ordered whether deliveries of the same subscription that were claimed with it have to wait until it has ended
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

    /**
     * The deliveries in the range of events that the fan-out has made already: for each event's sequence number the
     * subscriptions.
     */
    Map<Long, Set<Long>> fannedOut(long first, long last);

    Optional<Delivery.WithAttempts> find(DeliveryKey key);

    /** Those that are stored, newest first. Where the part ends is {@link DeliveryQuery#before} of the next one. */
    Part<Delivery, DeliveryKey> list(DeliveryQuery query);

    /**
     * Makes a delivery due now for one attempt, whatever its status. A planned attempt and a claim become void.
     *
     * @return whether it is stored
     */
    boolean makeDue(DeliveryKey key, Instant now);

    /** The health of those of the subscriptions that have failures in a row. */
    Map<Long, Health> health(Collection<Long> subscriptions);

    /**
     * Locks the health of receivers, and changes of subscriptions, until the transaction ends. To be called first in a
     * transaction that may change either, so that there are no deadlocks.
     */
    void lockHealth();

    /**
     * Active subscriptions that have rows in their buffer but no replay that will send them. If very many subscriptions
     * have such rows, each call looks at the next ones in turn.
     */
    List<Long> stranded();

    /** The subscriptions whose failures were stored after the given revision; −1 for all. */
    Failing failing(long after);

    /**
     * The answer of {@link #failing}.
     *
     * @param revision the latest revision, for the next call
     */
    record Failing(Set<Long> subscriptions, long revision) {}

    void saveHealth(Map<Long, Health> health);

    /**
     * Pauses or deactivates the subscription, moves its open deliveries into the buffer, and creates a notice if it is a
     * deactivation, all in one transaction.
     *
     * @return the subscription as it is now; empty if it was not active
     */
    Optional<Subscription> deactivate(long subscription, Subscription.State state, Instant now);

    /**
     * Switches an active subscription to its backup URL and creates a notice, unless that has been done already. To be
     * called with the {@link #lockHealth lock}, so that of several callers only one does it.
     *
     * @param dead the state the subscription would get without a backup URL
     * @return the subscription as it is now; empty if it is not active
     */
    Optional<Subscription> toBackup(long subscription, Subscription.State dead, Instant now);

    /**
     * Moves open deliveries of inactive subscriptions into their buffers, and removes those of deleted ones: rows that were
     * written while the subscription changed. Looks only at those that were due before the given time, because others may
     * still be claimed; if there are very many subscriptions, each call looks at the next ones in turn.
     *
     * @return how many deliveries went into a buffer
     */
    int bufferStrays(Instant dueBefore);

    /**
     * Rows in the buffer of the subscription, in the order of their events, from {@code fromSeq} on. At most {@code most},
     * fewer if their events are large.
     */
    List<Claimed> buffered(long subscription, long fromSeq, int most);

    /** How many rows are in the buffer of the subscription. */
    long countBuffered(long subscription);

    /**
     * The events of the range for which the subscription has a delivery that was made by the fan-out or by the replay of
     * its buffer, and whether it is one of a replay.
     */
    Map<Long, Boolean> had(long subscription, long first, long last);

    /** For each event of the range that has a delivery to the subscription: the status of the newest one. */
    Map<Long, Delivery.Status> latest(long subscription, long first, long last);

    /** Ends all rows in the buffer of the subscription as discarded. */
    int discardBuffered(long subscription, Instant now);

    /**
     * If the latest activation of the subscription discarded its buffer: marks deliveries of earlier events as discarded
     * that were set aside without an attempt and stored only after the activation. Deliveries with attempts are not
     * discarded.
     */
    int discardLate(long subscription, Instant now);

    /**
     * One step of the retention: looks at some of the deliveries that were made before {@code olderThan} and have ended, in the
     * order of time, and deletes those whose event is gone, with their attempts. A delivery that was made a second before
     * {@code olderThan} may be left for the next time.
     *
     * @param from where the previous step ended; {@link Instant#EPOCH} for the first
     */
    Purged purge(Instant olderThan, Instant from);

    /**
     * The result of one step.
     *
     * @param gone how many deliveries were deleted
     * @param next where the next step begins; null at the end
     */
    record Purged(int gone, @Nullable Instant next) {}

    /** Deliveries that wait for an attempt. */
    Backlog backlog();

    /** @param oldest when the oldest of them was made; null if none waits */
    record Backlog(long deliveries, @Nullable Instant oldest) {}
}
