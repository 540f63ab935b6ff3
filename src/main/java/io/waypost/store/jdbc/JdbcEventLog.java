package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import io.waypost.platform.Ids;
import io.waypost.platform.Part;
import io.waypost.platform.node.NodeId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** The event log in the database. Appending locks one row, so sequence numbers are in the order of commits. */
@Repository
class JdbcEventLog implements EventLog {

    /** A page has at most so many bytes of event data, unless its first event is larger. */
    private static final int PAGE_BYTES = 4 * 1024 * 1024;

    /** At most so many events are read for a page of a query without a matching index. */
    private static final int LOOKED_AT = 1_000;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final JdbcAppender appender;
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
        // In a transaction, because PostgreSQL's driver otherwise fetches all rows at once.
        return Objects.requireNonNull(transaction.execute(_ -> jdbc.sql("""
                        select seq, received_at, tenant, type, source, source_id, subject, occurred_at, test,
                               attributes, data, base64
                          from event
                         where seq between :first and :last
                         order by seq
                         limit :most
                        """)
                .param("first", first)
                .param("last", last)
                .param("most", most)
                .query((ResultSetExtractor<List<Event>>) JdbcEventLog::upToPageBytes)));
    }

    @Override
    public List<Event> read(String tenant, long first, long last, int most) {
        return Objects.requireNonNull(transaction.execute(_ -> jdbc.sql("""
                        select seq, received_at, tenant, type, source, source_id, subject, occurred_at, test,
                               attributes, data, base64
                          from event
                         where tenant = :tenant
                           and seq between :first and :last
                         order by tenant, seq
                         limit :most
                        """)
                .param("tenant", tenant)
                .param("first", first)
                .param("last", last)
                .param("most", most)
                .query((ResultSetExtractor<List<Event>>) JdbcEventLog::upToPageBytes)));
    }

    private static List<Event> upToPageBytes(ResultSet rows) throws SQLException {
        var events = new ArrayList<Event>();
        var bytes = 0L;
        while (bytes < PAGE_BYTES && rows.next()) {
            var event = toEvent(rows, 0);
            bytes += event.data().length();
            events.add(event);
        }
        return events;
    }

    @Override
    public List<Event> readAll(List<Long> seqs) {
        if (seqs.isEmpty()) {
            return List.of();
        }
        return jdbc.sql("""
                        select seq, received_at, tenant, type, source, source_id, subject, occurred_at, test,
                               attributes, data, base64
                          from event
                         where seq in (:seqs)
                         order by seq
                        """).param("seqs", seqs).query(JdbcEventLog::toEvent).list();
    }

    @Override
    public Optional<Event> find(long seq) {
        return readAll(List.of(seq)).stream().findFirst();
    }

    @Override
    public Part<Event, Long> list(EventLog.Query query) {
        var from = query.since() == null ? 0 : firstSince(query.since());
        var before = query.until() == null ? query.before() : Math.min(query.before(), firstSince(query.until()));
        var filtered = query.subject() != null || (query.tenant() == null && query.type() != null);
        var most = filtered ? Math.max(LOOKED_AT, query.limit()) : query.limit();
        var seqs = newest(query, from, before, most);
        if (seqs.isEmpty()) {
            return new Part<>(List.of(), null);
        }
        var fitting = fitting(seqs, query);
        var found = readAll(withinPage(fitting)).reversed();
        if (fitting.size() == query.limit() || found.size() < fitting.size()) {
            return new Part<>(found, found.isEmpty() ? null : found.getLast().seq());
        }
        return new Part<>(found, seqs.size() < most ? null : seqs.getLast());
    }

    /** The first of the events, up to the size of a page, but at least one. */
    private static List<Long> withinPage(List<Sized> events) {
        var within = new ArrayList<Long>();
        var bytes = 0L;
        for (var event : events) {
            if (bytes >= PAGE_BYTES) {
                break;
            }
            within.add(event.seq);
            bytes += event.bytes;
        }
        return within;
    }

    private record Sized(long seq, long bytes) {}

    /** The newest sequence numbers of the query; each case reads along an index. */
    private List<Long> newest(EventLog.Query query, long from, long before, int most) {
        if (query.tenant() == null) {
            return jdbc.sql("""
                            select seq
                              from event
                             where seq >= :from
                               and seq < :before
                             order by seq desc
                             limit :most
                            """)
                    .param("from", from)
                    .param("before", before)
                    .param("most", most)
                    .query(Long.class)
                    .list();
        }
        if (query.type() == null) {
            return jdbc.sql("""
                            select seq
                              from event
                             where tenant = :tenant
                               and seq >= :from
                               and seq < :before
                             order by tenant desc, seq desc
                             limit :most
                            """)
                    .param("tenant", query.tenant())
                    .param("from", from)
                    .param("before", before)
                    .param("most", most)
                    .query(Long.class)
                    .list();
        }
        return jdbc.sql("""
                        select seq
                          from event
                         where tenant = :tenant
                           and type = :type
                           and seq >= :from
                           and seq < :before
                         order by tenant desc, type desc, seq desc
                         limit :most
                        """)
                .param("tenant", query.tenant())
                .param("type", query.type())
                .param("from", from)
                .param("before", before)
                .param("most", most)
                .query(Long.class)
                .list();
    }

    /** The events that match, without their data: a page of it might not fit the database's memory either. */
    private List<Sized> fitting(List<Long> seqs, EventLog.Query query) {
        return jdbc.sql("""
                        select seq, octet_length(data)
                          from event
                         where seq in (:seqs)
                           and (cast(:type as varchar) is null or type = :type)
                           and (cast(:subject as varchar) is null or subject = :subject)
                         order by seq desc
                         limit :limit
                        """)
                .param("seqs", seqs)
                .param("type", query.type())
                .param("subject", query.subject())
                .param("limit", query.limit())
                .query((row, _) -> new Sized(row.getLong(1), row.getLong(2)))
                .list();
    }

    /** A binary search, because times never go back along the log; so no index by time is needed. */
    @Override
    public long firstSince(Instant at) {
        var bounds = jdbc.sql("""
                        select coalesce((select min(seq) from event), last_seq + 1), last_seq + 1
                          from log_head
                         where id = 1
                        """)
                .query((row, _) -> new long[] {row.getLong(1), row.getLong(2)})
                .single();
        var low = bounds[0];
        var high = bounds[1];
        while (low < high) {
            var middle = low + (high - low) / 2;
            if (receivedAtOrAfter(middle).isBefore(at)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private Instant receivedAtOrAfter(long seq) {
        return jdbc.sql("select received_at from event where seq >= :seq order by seq limit 1")
                .param("seq", seq)
                .query((row, _) -> Ids.instant(row.getLong(1)))
                .optional()
                .orElse(Instant.MAX);
    }

    @Override
    public Backlog backlog() {
        return jdbc.sql("""
                        select h.last_seq - c.claimed_seq + (select coalesce(sum(last_seq - first_seq + 1), 0) from log_segment),
                               (select min(e.received_at)
                                  from event e
                                 where e.seq = (select coalesce(min(first_seq), c.claimed_seq + 1) from log_segment))
                          from log_head h
                          join log_claim c on c.id = h.id
                        """)
                .query((row, _) -> new Backlog(row.getLong(1), instant(row, 2)))
                .single();
    }

    @Override
    public Purged purge(long from, long before, int most, Predicate<Place> needed) {
        var places = jdbc.sql("""
                        select e.seq, e.tenant, e.type
                          from event e
                         where e.seq >= :from
                           and e.seq < :before
                           and e.seq <= (select claimed_seq from log_claim where id = 1)
                           and not exists (select 1
                                             from log_segment s
                                            where s.first_seq <= e.seq
                                              and s.last_seq >= e.seq)
                         order by e.seq
                         limit :most
                        """)
                .param("from", from)
                .param("before", before)
                .param("most", most)
                .query((row, _) -> new Place(row.getLong(1), row.getString(2), row.getString(3)))
                .list();
        var gone = deleteUnlessOpen(
                places.stream().filter(needed.negate()).map(Place::seq).toList());
        return new Purged(gone, places.size() < most ? before : places.getLast().seq() + 1);
    }

    /** Checks for open deliveries in the same statement, because one may have been written since the events were read. */
    private int deleteUnlessOpen(List<Long> seqs) {
        if (seqs.isEmpty()) {
            return 0;
        }
        return jdbc.sql("""
                        delete from event e
                         where e.seq in (:seqs)
                           and not exists (select 1
                                             from delivery d
                                            where d.seq = e.seq
                                              and d.status in ('PENDING', 'RETRYING', 'BUFFERED'))
                        """).param("seqs", seqs).update();
    }

    static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        var micros = row.getLong(column);
        return row.wasNull() ? null : Ids.instant(micros);
    }

    private static Event toEvent(ResultSet row, int number) throws SQLException {
        var attributes = row.getBytes(10);
        return new Event(
                row.getLong(1),
                Ids.instant(row.getLong(2)),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                Ids.instant(row.getLong(8)),
                row.getBoolean(9),
                attributes == null ? null : new String(attributes, UTF_8),
                new String(row.getBytes(11), UTF_8),
                row.getBoolean(12));
    }
}
