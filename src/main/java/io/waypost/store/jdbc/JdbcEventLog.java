package io.waypost.store.jdbc;

import io.waypost.event.Event;
import io.waypost.event.EventHead;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import io.waypost.platform.Ids;
import io.waypost.platform.Locks;
import io.waypost.platform.Part;
import io.waypost.platform.node.NodeId;
import io.waypost.store.jdbc.EventBlock.Stored;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** The event log in the database. Appending locks one row, so sequence numbers are in the order of commits. */
@Repository
class JdbcEventLog implements EventLog {

    /** About so many events are looked at for a page. */
    private static final int LOOKED_AT = 1_000;

    /** So many blocks are looked at at a time. */
    private static final int BLOCKS = 32;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final JdbcAppender appender;
    private final EventBlocks blocks;
    private final EventKeys keys;
    private final SegmentRows segments;
    private final Set<Uncertain> uncertain = ConcurrentHashMap.newKeySet();

    /**
     * A lease whose commit may have failed.
     *
     * @param until the end of the lease, which also tells it from a later lease of the same segment
     */
    private record Uncertain(LogSegment.Key segment, Instant until) {

        static Uncertain of(LogSegment segment, Instant until) {
            return new Uncertain(segment.key(), until);
        }
    }

    JdbcEventLog(
            JdbcClient jdbc,
            JdbcTemplate template,
            TransactionTemplate transaction,
            JdbcAppender appender,
            NodeId node) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.appender = appender;
        this.blocks = new EventBlocks(jdbc, template);
        this.keys = new EventKeys(jdbc, template);
        this.segments = new SegmentRows(jdbc, template, node);
    }

    @Override
    public Appending append(
            List<List<NewEvent>> requests, Instant now, Leases leases, Consumer<List<List<Receipt>>> ready) {
        var taken = new AtomicReference<List<LogSegment>>(List.of());
        try {
            return appender.append(requests, now, leases, ready, taken::set);
        } catch (RuntimeException | Error e) {
            taken.get().forEach(segment -> uncertain.add(Uncertain.of(segment, now.plus(leases.lease()))));
            throw e;
        }
    }

    @Override
    public Optional<LogSegment> claim(Instant now, Duration lease, int most) {
        releaseUncertain();
        var until = now.plus(lease);
        var taken = new AtomicReference<@Nullable LogSegment>();
        try {
            return Optional.ofNullable(transaction.execute(_ -> {
                taken.set(segments.claim(now, until, most, this::read));
                return taken.get();
            }));
        } catch (RuntimeException | Error e) {
            var lost = taken.get();
            if (lost != null) {
                uncertain.add(Uncertain.of(lost, until));
            }
            throw e;
        }
    }

    /** Ends leases whose commit failed with an unknown outcome: they may be stored, but no node works on their segments. */
    private void releaseUncertain() {
        for (var lost : List.copyOf(uncertain)) {
            segments.release(lost.segment, lost.until);
            uncertain.remove(lost);
        }
    }

    @Override
    public boolean cut(LogSegment segment, long last) {
        return Objects.requireNonNull(transaction.execute(_ -> segments.cut(segment, last)));
    }

    @Override
    public void finish(List<LogSegment.Key> finished) {
        segments.finish(finished);
    }

    @Override
    public void extend(List<LogSegment.Key> open, Instant until) {
        segments.extend(open, until);
    }

    @Override
    public long settled() {
        return segments.settled();
    }

    @Override
    public long last() {
        return jdbc.sql("select last_seq from log_head where id = 1")
                .query(Long.class)
                .single();
    }

    @Override
    public List<Event> read(long first, long last, int most) {
        return blocks.read(null, first, last, most);
    }

    @Override
    public List<Event> read(String tenant, long first, long last, int most) {
        return blocks.read(tenant, first, last, most);
    }

    @Override
    public List<Event> readAll(List<Long> seqs) {
        return blocks.readAll(Set.copyOf(seqs));
    }

    @Override
    public Optional<Event> find(long seq) {
        return blocks.readAll(Set.of(seq)).stream().findFirst();
    }

    @Override
    public Map<Long, EventHead> heads(Collection<Long> seqs) {
        return blocks.heads(Set.copyOf(seqs)).stream().collect(Collectors.toMap(Stored::seq, Stored::head));
    }

    @Override
    public Map<Long, EventHead> heads(long first, long last) {
        return blocks.heads(first, last).stream().collect(Collectors.toMap(Stored::seq, Stored::head));
    }

    @Override
    public Part<Event, Long> list(EventLog.Query query) {
        var page = new Page(query);
        for (var before = page.before; !page.isOver(); ) {
            var found = blocks.newest(query.tenant(), query.type(), before, BLOCKS);
            for (var block : found) {
                page.look(block);
                before = block.firstSeq();
            }
            page.ended |= found.size() < BLOCKS && !page.isOver();
        }
        return page.part();
    }

    /** The newest events that a query asks for, as far as they have been looked for. */
    private final class Page {

        private final EventLog.Query query;
        private final long from;
        private final long before;
        private final Set<Long> found = new HashSet<>();
        private long bytes;
        private int looked;
        private long reached;
        private boolean ended;

        Page(EventLog.Query query) {
            this.query = query;
            this.from = query.since() == null ? 0 : firstSince(query.since());
            this.before = query.until() == null ? query.before() : Math.min(query.before(), firstSince(query.until()));
        }

        boolean isOver() {
            return ended || found.size() == query.limit() || looked >= LOOKED_AT || bytes >= EventBlocks.PAGE_BYTES;
        }

        void look(EventBlock block) {
            for (var stored : block.stored().reversed()) {
                if (isOver()) {
                    return;
                }
                if (stored.seq() < from) {
                    ended = true;
                } else if (stored.seq() < before) {
                    look(stored);
                }
            }
        }

        private void look(Stored stored) {
            var event = stored.withoutData();
            if (query.tenant() != null && !query.tenant().equals(event.tenant())) {
                return;
            }
            var ofType = query.type() == null || query.type().equals(event.type());
            if (ofType || query.tenant() == null) {
                looked++;
                reached = stored.seq();
            }
            if (ofType && (query.subject() == null || query.subject().equals(event.subject()))) {
                found.add(stored.seq());
                bytes += stored.bytes();
            }
        }

        Part<Event, Long> part() {
            return new Part<>(blocks.readAll(found).reversed(), ended ? null : reached);
        }
    }

    @Override
    public long firstSince(Instant at) {
        var block = blocks.firstSince(at);
        // Events of several times may be in the block before.
        return blocks.newest(null, null, block, 1).stream()
                .flatMap(before -> before.stored().stream())
                .filter(stored -> !stored.withoutData().receivedAt().isBefore(at))
                .mapToLong(Stored::seq)
                .findFirst()
                .orElseGet(() -> block == Long.MAX_VALUE ? last() + 1 : block);
    }

    @Override
    public Backlog backlog() {
        record Waiting(long events, long first) {}
        var waiting = jdbc.sql("""
                        select h.last_seq - c.claimed_seq + (select coalesce(sum(last_seq - first_seq + 1), 0) from log_segment),
                               (select coalesce(min(first_seq), c.claimed_seq + 1) from log_segment)
                          from log_head h
                          join log_claim c on c.id = h.id
                        """)
                .query((row, _) -> new Waiting(row.getLong(1), row.getLong(2)))
                .single();
        var oldest = heads(Set.of(waiting.first)).get(waiting.first);
        return new Backlog(waiting.events, oldest == null ? null : oldest.receivedAt());
    }

    @Override
    public Purged purge(long from, long before, int most, Predicate<Place> needed) {
        return Objects.requireNonNull(
                Locks.despite(() -> transaction.execute(_ -> purgeLocked(from, before, most, needed))));
    }

    private Purged purgeLocked(long from, long before, int most, Predicate<Place> needed) {
        // In this order: what has been claimed by now and is in no open segment later has been fanned out.
        var claimed = segments.claimed();
        var open = segments.open();
        var locked = blocks.lock(from, before, BLOCKS);
        var looked = 0;
        var next = from;
        var gone = new LinkedHashMap<EventBlock, List<Stored>>();
        for (var block : locked) {
            var old = block.stored().stream()
                    .filter(stored -> stored.seq() >= from && stored.seq() < before && stored.seq() <= claimed)
                    .filter(stored -> open.stream().noneMatch(segment -> segment.has(stored.seq())))
                    .limit(most - looked)
                    .toList();
            looked += old.size();
            next = looked < most ? block.lastSeq() + 1 : old.getLast().seq() + 1;
            gone.put(
                    block,
                    old.stream().filter(stored -> !needed.test(place(stored))).toList());
            if (looked == most) {
                break;
            }
        }
        var ended = looked < most && locked.size() < BLOCKS;
        return new Purged(delete(gone), ended ? before : next);
    }

    private static Place place(Stored stored) {
        return new Place(
                stored.seq(),
                stored.withoutData().tenant(),
                stored.withoutData().type());
    }

    /** Deletes those of the events that have no open delivery. */
    private int delete(Map<EventBlock, List<Stored>> events) {
        var undelivered = withOpenDelivery(
                events.values().stream().flatMap(List::stream).map(Stored::seq).toList());
        var deleted = new ArrayList<Stored>();
        var empty = new ArrayList<EventBlock>();
        events.forEach((block, some) -> {
            var gone = some.stream()
                    .filter(stored -> !undelivered.contains(stored.seq()))
                    .toList();
            var seqs = gone.stream().map(Stored::seq).collect(Collectors.toSet());
            var kept = block.stored().stream()
                    .filter(stored -> !seqs.contains(stored.seq()))
                    .toList();
            if (kept.isEmpty()) {
                empty.add(block);
            } else if (!gone.isEmpty()) {
                blocks.keep(block, kept);
            }
            deleted.addAll(gone);
        });
        blocks.delete(empty);
        keys.delete(deleted);
        return deleted.size();
    }

    private Set<Long> withOpenDelivery(List<Long> seqs) {
        return seqs.isEmpty()
                ? Set.of()
                : Set.copyOf(jdbc.sql("""
                        select distinct seq
                          from delivery
                         where seq in (:seqs)
                        """).param("seqs", seqs).query(Long.class).list());
    }

    static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        var micros = row.getLong(column);
        return row.wasNull() ? null : Ids.instant(micros);
    }
}
