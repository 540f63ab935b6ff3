package io.waypost.replay;

import io.waypost.delivery.MissedRange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Stores replays of buffers and how far they have come, and answers questions about replay buffers. */
public interface ReplayStore {

    /** What is done with the buffered events. */
    enum Mode {
        REPLAY,
        DISCARD
    }

    /**
     * A replay.
     *
     * @param subscription its internal number
     * @param first the lowest sequence number of the missed range; 0 if there is none, only rows
     * @param last the highest sequence number of the range
     * @param next the sequence number to continue from
     * @param remaining how many deliveries without a row are left, according to the count of the buffer
     * @param fence the number of the claim; calls with an older one have no effect
     */
    record Replay(long id, long subscription, Mode mode, long first, long last, long next, long remaining, int fence) {}

    /**
     * Records what an activation does with the buffer; to be called in the transaction that activates. A discard also
     * covers replays that an earlier activation started. A replay waits until the buffer's group is completed.
     */
    void decide(long subscription, Mode mode, Instant now);

    /**
     * Removes the group from the buffer and starts the replay of its range, in one transaction: events up to the latest
     * {@link Mode#DISCARD} are discarded, later ones are sent.
     *
     * @param version the version of the group from which the range was read
     * @return false if the group has changed or is gone; then nothing was done
     */
    boolean letOut(MissedRange range, long version, Instant now);

    /** Starts the waiting replays of a subscription that has no group: they have only rows to send. */
    void beginWithoutRange(long subscription, Instant now);

    /** Starts a replay of the rows in the buffer of an active subscription. */
    void sendRows(long subscription, Instant now);

    /** Active subscriptions with a replay that has waited for its group since before {@code olderThan}. */
    List<Long> waiting(Instant olderThan);

    /**
     * Claims the replays that no node holds and this node wants: the oldest of each subscription that sends, and all that
     * discard.
     */
    List<Replay> claim(Instant now, Duration lease, Predicate<Replay> wanted);

    /**
     * Saves the progress and renews the claim.
     *
     * @return false if another node has taken the replay over
     */
    boolean progress(Replay replay, long next, long remaining, long made, Instant leaseEnd);

    /** Deletes a replay that has ended; does nothing if another node has taken it over. */
    void delete(Replay replay);

    /** Deletes the replays and the buffer of a deleted subscription. */
    void forget(long subscription);

    /** The replays of the subscription that send, not those that discard. */
    List<Replay> sending(long subscription);

    /**
     * The ranges of the log that replay buffers and replays need, if they begin before the given sequence number. Those of
     * deleted subscriptions are left out.
     */
    List<Need> needs(long before);

    /**
     * A range of the log that is needed.
     *
     * @param first inclusive
     * @param last inclusive; null if it is known from the buffer's group only
     */
    record Need(
            long subscription,
            String tenant,
            long first,
            @Nullable Long last) {}

    /** The {@code most} largest buffers, the largest first: subscription → events. */
    Map<Long, Long> largest(int most);

    /**
     * Of the next thousand buffers those whose subscription is active or deleted. Each call continues where the one before
     * ended, and begins again after the last buffer.
     */
    List<LeftBehind> leftBehind();

    /**
     * A buffer without a subscription that uses it.
     *
     * @param gone whether the subscription has been deleted; if not, it is active
     */
    record LeftBehind(long subscription, boolean gone) {}
}
