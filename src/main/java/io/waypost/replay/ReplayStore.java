package io.waypost.replay;

import io.waypost.delivery.MissedRange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Buffers on their way out, how far they have come, and what is known of those that wait. */
public interface ReplayStore {

    /** What happens to the buffered events. */
    enum Mode {
        REPLAY,
        DISCARD
    }

    /**
     * @param first the lowest sequence number of the buffer's range; 0 if it had none
     * @param next where to go on
     * @param remaining how many deliveries without a row are left, as counted when they were buffered
     * @param fence the claim; who holds an older one has no say
     */
    record Replay(long id, long subscription, Mode mode, long first, long last, long next, long remaining, int fence) {}

    /**
     * Writes down what an activation wants of the buffer, as it is now; to be called in the transaction that activates.
     * What is discarded is not sent any more, also if an activation before had wanted it sent. Until the buffer's group is
     * let out, a replay waits for it.
     */
    void decide(long subscription, Mode mode, Instant now);

    /**
     * Takes the group out of the buffer and makes of its range what was decided, in one transaction: what is up to the
     * latest {@link Mode#DISCARD} is discarded, what is beyond it is sent.
     *
     * @param version of the group that the range is of
     * @return false if the group has another version by now, or is gone: then nothing was done
     */
    boolean letOut(MissedRange range, long version, Instant now);

    /** There is no group to let out: the replays that wait for one have only rows to send. */
    void beginWithoutRange(long subscription, Instant now);

    /** Sends the rows that lie in the buffer of a subscription that is active. */
    void sendRows(long subscription, Instant now);

    /** Active subscriptions with a replay that waits for a group since before {@code olderThan}. */
    List<Long> waiting(Instant olderThan);

    /**
     * Takes replays that nobody works on and this node wants: of those of a subscription that send the oldest, and all that
     * discard.
     */
    List<Replay> claim(Instant now, Duration lease, Predicate<Replay> wanted);

    /** Writes down how far it has come, and keeps the claim. @return false if another node has taken it over */
    boolean progress(Replay replay, long next, long remaining, Instant leaseEnd);

    void delete(Replay replay);

    /** Stops all of a subscription that is gone, and forgets its buffer. */
    void forget(long subscription);

    /** Those of the subscription that send. */
    List<Replay> sending(long subscription);

    /**
     * Which parts of the log buffers and replays under way need, of those that begin before the given sequence number. Of
     * subscriptions that have been deleted nothing is needed.
     */
    List<Need> needs(long before);

    /**
     * A part of the log.
     *
     * @param first inclusive
     * @param last inclusive; null if only the buffer's group knows
     */
    record Need(
            long subscription,
            String tenant,
            long first,
            @Nullable Long last) {}

    /** The buffers with the most events, at most {@code most}, the largest first: subscription → events. */
    Map<Long, Long> largest(int most);

    /**
     * Which of the next thousand buffers, in turn, lie beside a subscription that is active, or is gone; after the last one
     * the first comes again.
     */
    List<LeftBehind> leftBehind();

    /** @param gone whether the subscription has been deleted; if not, it is active */
    record LeftBehind(long subscription, boolean gone) {}
}
