package io.waypost.replay;

import io.waypost.delivery.Span;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** Buffers on their way out, and how far they have come. */
public interface ReplayStore {

    /** What happens to the buffered events. */
    enum Mode {
        REPLAY,
        DISCARD
    }

    /**
     * @param first the lowest sequence number of the buffer's span; 0 if it had none
     * @param next where to go on
     * @param remaining how many deliveries without a row are left, as counted when they were buffered
     * @param fence the claim; who holds an older one has no say
     */
    record Replay(long id, long subscription, Mode mode, long first, long last, long next, long remaining, int fence) {}

    /** A new one that waits for the buffer's group to be completed. */
    void create(long subscription, Mode mode, Instant now);

    /**
     * The group has been completed: the span goes to the replay that waits for it, or to one of its own if none does.
     */
    void begin(Span span, Instant now);

    /** There was no group to complete: the replays that wait for one have only rows to send. */
    void beginWithoutSpan(long subscription, Instant now);

    /** Subscriptions whose replay waits for a group since before {@code olderThan}. */
    List<Long> waiting(Instant olderThan);

    /** Takes replays that nobody works on and this node wants, the oldest of each subscription. */
    List<Replay> claim(Instant now, Duration lease, Predicate<Replay> wanted);

    /** Writes down how far it has come, and keeps the claim. @return false if another node has taken it over */
    boolean progress(Replay replay, long next, long remaining, Instant leaseEnd);

    void delete(Replay replay);

    /** Stops all of the subscription. */
    void deleteAll(long subscription);

    /** Those of the subscription that send. */
    List<Replay> sending(long subscription);

    /** The lowest sequence number any of them needs. */
    OptionalLong lowest();
}
