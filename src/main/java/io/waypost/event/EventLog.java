package io.waypost.event;

import io.waypost.platform.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Stores every event, once, in order. A port, so that it can be implemented with something other than a database. */
public interface EventLog {

    /**
     * Stores the requests, all or none, and returns when they are on disk. Sequence numbers have no gaps and follow the
     * order of commits, on all nodes. Called by one thread per node.
     *
     * <p>A duplicate is not stored again: an event with the same tenant, source and publisher's id as a stored one, or with
     * the same {@link NewEvent#repeatKey}. An event that was stored without a publisher's id can also be repeated with its
     * {@link Event#id} as the publisher's id, if the type is the same.
     *
     * @param requests the events of each request
     * @return for each request its receipts, in the order given
     * @throws org.springframework.dao.DataIntegrityViolationException if the database refuses one of the events
     * @throws org.springframework.dao.DataAccessException if nothing can be stored now
     */
    default List<List<Receipt>> append(List<List<NewEvent>> requests, Instant now) {
        return append(requests, now, Leases.NONE, _ -> {}).receipts();
    }

    /**
     * As {@link #append(List, Instant)}, and leases what it stores to this node right away, as {@link #claim} would: up to
     * the given number of segments, and only if all earlier events have been claimed.
     *
     * @param ready called with the receipts right before the commit. If it throws, nothing is stored. Once it has returned,
     *     an exception no longer means that nothing was stored
     */
    Appending append(List<List<NewEvent>> requests, Instant now, Leases leases, Consumer<List<List<Receipt>>> ready);

    /**
     * Which segments to lease.
     *
     * @param count at most this many segments, 0 or more
     * @param events at most this many events in each
     * @param lease how long each is leased
     */
    record Leases(int count, int events, Duration lease) {

        public static final Leases NONE = new Leases(0, 0, Duration.ZERO);
    }

    /**
     * The result of an append.
     *
     * @param receipts as {@link #append(List, Instant)} returns them
     * @param taken the segments that are leased to the caller
     */
    record Appending(List<List<Receipt>> receipts, List<LogSegment> taken) {

        /** Whether events were stored that are not leased to the caller. */
        boolean leavesSome() {
            var stored = receipts.stream()
                    .flatMap(List::stream)
                    .filter(receipt -> !receipt.duplicate())
                    .count();
            return taken.stream().mapToLong(segment -> segment.events().size()).sum() < stored;
        }
    }

    /**
     * Leases the next segment that nobody has claimed, or one whose lease has ended.
     *
     * @param most at most this many events, fewer where they are large (4 MiB)
     * @return empty if there is none
     */
    Optional<LogSegment> claim(Instant now, Duration lease, int most);

    /**
     * Shortens a segment: the events beyond {@code last} become a segment of their own, which any node may claim.
     *
     * @return false if another node has taken the segment over; then nothing was done
     */
    boolean cut(LogSegment segment, long last);

    /** Deletes finished segments; those that another node has taken over are left alone. */
    void finish(List<LogSegment.Key> segments);

    /** Moves the end of the leases to {@code until}; segments that another node has taken over are left alone. */
    void extend(List<LogSegment.Key> segments, Instant until);

    /** Everything up to this sequence number, inclusive, has been fanned out, on all nodes. */
    long settled();

    /** The highest sequence number stored; 0 for an empty log. */
    long last();

    /** Events of a range, in order: at most {@code most}, and at most 4 MiB unless the first alone is larger. */
    List<Event> read(long first, long last, int most);

    /**
     * Events of a tenant in a range, in order: at most {@code most}, and at most 4 MiB unless the first alone is larger.
     */
    List<Event> read(String tenant, long first, long last, int most);

    /** The events with these sequence numbers, in order; missing ones are left out. */
    List<Event> readAll(List<Long> seqs);

    Optional<Event> find(long seq);

    /** What is known of the events with these sequence numbers without reading their data; missing ones are left out. */
    Map<Long, EventHead> heads(Collection<Long> seqs);

    /** The same for all events of a range, whoever's they are; the caller bounds it. */
    Map<Long, EventHead> heads(long first, long last);

    /**
     * Newest first. One call looks at about a thousand events at most (only at those of the tenant, and of the type, that
     * the query names) and returns at most 4 MiB unless the first alone is larger, so the results of a query may come in
     * several parts.
     *
     * @return where the part ends is {@link Query#before} of the next one
     */
    Part<Event, Long> list(Query query);

    /** The lowest sequence number received at or after {@code at}, or {@link #last()} + 1. */
    long firstSince(Instant at);

    /** Events that wait to be fanned out. */
    Backlog backlog();

    /** @param oldest when the oldest of them was received; null if none waits */
    record Backlog(long events, @Nullable Instant oldest) {}

    /**
     * One step of the retention: looks at the next {@code most} events from {@code from} on and deletes those that have
     * been fanned out, have no open delivery and are not needed. Events that are kept do not prevent later ones from being
     * deleted.
     *
     * @param before only sequence numbers below this; see {@link #firstSince}
     * @param needed whether an event is needed for something other than a delivery with a row
     */
    Purged purge(long from, long before, int most, Predicate<Place> needed);

    /**
     * Identifies an event to {@link #purge}.
     *
     * @param type of the event
     */
    record Place(long seq, String tenant, String type) {}

    /**
     * The result of one step.
     *
     * @param gone how many events were deleted
     * @param next where the following step begins; {@code before} or more at the end
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
