package io.waypost.event;

import io.waypost.platform.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The truth: every event, once, in order. A port, so that something other than a database can fill it: append, claim a
 * segment, finish it, read a range.
 */
public interface EventLog {

    /**
     * Stores the batches, all or none, and returns when they are on disk. Sequence numbers have no gaps and follow the order
     * of commits, on all nodes. Called by one thread a node.
     *
     * <p>An event is not stored again if one with the same tenant, source and id of the publisher's is there, or the same
     * {@link NewEvent#repeatKey}. What has no id of the publisher's is known, together with its type, by {@link Event#id}, too.
     *
     * @return for each batch its receipts in the order given
     * @throws org.springframework.dao.DataIntegrityViolationException if one of them cannot be stored
     * @throws org.springframework.dao.DataAccessException if nothing can be stored now
     */
    default List<List<Receipt>> append(List<List<NewEvent>> batches, Instant now) {
        return append(batches, now, Leases.NONE, _ -> {}).receipts();
    }

    /**
     * As {@link #append(List, Instant)}, and takes what it stores for this node right away, as {@link #claim} would: so far
     * as the leases go, and only if everything before it has been taken.
     *
     * @param ready told the receipts right before the commit. If it throws, nothing is stored; once it has returned, no
     *     exception says that nothing was
     */
    Appending append(List<List<NewEvent>> batches, Instant now, Leases leases, Consumer<List<List<Receipt>>> ready);

    /**
     * The segments a node would take.
     *
     * @param count at most so many
     * @param events of so many events each, at most
     */
    record Leases(int count, int events, Duration lease) {

        public static final Leases NONE = new Leases(0, 0, Duration.ZERO);
    }

    /**
     * What came of an append.
     *
     * @param receipts as {@link #append(List, Instant)} returns them
     * @param taken now leased to the caller
     */
    record Appending(List<List<Receipt>> receipts, List<LogSegment> taken) {}

    /**
     * Takes the next segment nobody has taken, or one whose lease ran out.
     *
     * @param most at most this many events, fewer where they are large (4 MiB)
     * @return empty if there is nothing to do
     */
    Optional<LogSegment> claim(Instant now, Duration lease, int most);

    /**
     * Ends a segment before its end: what is in it beyond {@code last} is a segment of its own, there for whoever claims next.
     *
     * @return false if the segment has been taken over meanwhile; then nothing was done
     */
    boolean cut(LogSegment segment, long last);

    /** Forgets finished segments; those taken over by others meanwhile are left alone. */
    void finish(List<LogSegment.Key> segments);

    /** Moves the end of the leases to {@code until}; for segments that are still being worked on. */
    void extend(List<LogSegment.Key> segments, Instant until);

    /** Everything up to here, inclusive, has been fanned out on whichever node. */
    long settled();

    /** The highest sequence number stored; 0 for an empty log. */
    long last();

    /** Events of a range, in order. At most {@code most}, and at most 4 MiB but for a first one that is larger. */
    List<Event> read(long first, long last, int most);

    /** Events of a tenant in a range, in order. At most {@code most}, and at most 4 MiB but for a first one that is larger. */
    List<Event> read(String tenant, long first, long last, int most);

    /** Those of the given sequence numbers that exist, in order. */
    List<Event> readAll(List<Long> seqs);

    Optional<Event> find(long seq);

    /**
     * Newest first. Looks at no more than about a thousand events, all of the tenant if one is named, and of the type if both
     * are; and gives no more of them than 4 MiB, but for a first one that is larger. So what fits a query may be found in
     * several parts.
     *
     * @return the part's end is the sequence number for {@link Query#before} of the next one
     */
    Part<Event, Long> list(Query query);

    /** The lowest sequence number received at or after {@code at}, or {@link #last()} + 1. */
    long firstSince(Instant at);

    /** Events that wait to be fanned out, and the time the oldest of them was received ({@code null}: none). */
    Backlog backlog();

    /** @param oldest null if nothing waits */
    record Backlog(long events, @Nullable Instant oldest) {}

    /**
     * One step along the log of deleting what is old: looks at the next {@code most} events from {@code from} on, and
     * deletes those that have been fanned out, have no delivery that waits, and are not needed. What is kept makes no step
     * longer, and holds nothing else back.
     *
     * @param before only sequence numbers below this; see {@link #firstSince}
     * @param needed by whom, if not by deliveries that have rows
     */
    Purged purge(long from, long before, int most, Predicate<Place> needed);

    /**
     * Where an event stands.
     *
     * @param type of the event
     */
    record Place(long seq, String tenant, String type) {}

    /**
     * What one step deleted.
     *
     * @param next where the following one begins; {@code before} or more at the end
     */
    record Purged(int gone, long next) {}

    /**
     * Which events to list, newest first.
     *
     * @param tenant null: all tenants
     * @param since inclusive, by {@link Event#receivedAt()}
     * @param until exclusive
     * @param before only sequence numbers below this; {@link Long#MAX_VALUE} for the first page
     * @param limit at most this many
     */
    record Query(
            @Nullable String tenant,
            @Nullable String type,
            @Nullable String subject,
            @Nullable Instant since,
            @Nullable Instant until,
            long before,
            int limit) {}
}
