package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.event.Event;
import io.waypost.event.EventLog.Appending;
import io.waypost.event.EventLog.Leases;
import io.waypost.event.LogSegment;
import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Appends the events of many requests to the log in one transaction. */
@Component
class JdbcAppender {

    /** Well below the number of bind variables a statement may have (PostgreSQL: 65,535). */
    private static final int AT_ONCE = 1_000;

    private final JdbcClient jdbc;
    private final JdbcTemplate template;
    private final TransactionTemplate transaction;
    private final SegmentRows segments;

    JdbcAppender(JdbcClient jdbc, JdbcTemplate template, TransactionTemplate transaction, NodeId node) {
        this.jdbc = jdbc;
        this.template = template;
        this.transaction = transaction;
        this.segments = new SegmentRows(jdbc, template, node);
    }

    /** An event to insert. The bytes of its de-duplication key are wrapped so that they can be the key of a map. */
    private record Row(Event event, @Nullable ByteBuffer deduplicationKey) {}

    /**
     * Identifies a stored event by the gateway's id, which a publisher used as its own when it published the event again.
     */
    private record Repeated(String tenant, String source, String type, String id) {}

    private record Head(long seq, long receivedAt, long subscriptions) {}

    /** @param taken called right before the commit with the segments that are leased */
    Appending append(
            List<List<NewEvent>> requests,
            Instant now,
            Leases leases,
            Consumer<List<List<Receipt>>> ready,
            Consumer<List<LogSegment>> taken) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var appending = inTransaction(requests, now, leases);
            taken.accept(appending.taken());
            ready.accept(appending.receipts());
            return appending;
        }));
    }

    private Appending inTransaction(List<List<NewEvent>> requests, Instant now, Leases leases) {
        var head = jdbc.sql("""
                        select last_seq, last_received_at, (select last from subscription_revision)
                          from log_head
                         where id = 1
                           for update
                        """)
                .query((row, _) -> new Head(row.getLong(1), row.getLong(2), row.getLong(3)))
                .single();
        var receivedAt = Ids.instant(Math.max(Ids.micros(now), head.receivedAt));
        var deduplicationKeys = requests.stream()
                .map(events ->
                        events.stream().map(JdbcAppender::deduplicationKeyOf).toList())
                .toList();
        var known = idsOf(deduplicationKeys.stream()
                .flatMap(List::stream)
                .filter(Objects::nonNull)
                .toList());
        addRepeatedById(requests, known);
        var rows = new ArrayList<Row>();
        var answers = new ArrayList<List<Receipt>>();
        var seq = head.seq;
        for (int r = 0; r < requests.size(); r++) {
            var receipts = new ArrayList<Receipt>();
            for (int i = 0; i < requests.get(r).size(); i++) {
                var deduplicationKey = deduplicationKeys.get(r).get(i);
                var first = deduplicationKey == null ? null : known.get(deduplicationKey);
                if (first == null) {
                    var event = Event.of(requests.get(r).get(i), ++seq, receivedAt);
                    first = event.id();
                    rows.add(new Row(event, deduplicationKey));
                    receipts.add(new Receipt(first, false));
                    if (deduplicationKey != null) {
                        known.put(deduplicationKey, first);
                    }
                } else {
                    receipts.add(new Receipt(first, true));
                }
            }
            answers.add(receipts);
        }
        if (rows.isEmpty()) {
            return new Appending(answers, List.of());
        }
        insert(rows);
        jdbc.sql("update log_head set last_seq = :seq, last_received_at = :at where id = 1")
                .param("seq", seq)
                .param("at", Ids.micros(receivedAt))
                .update();
        return new Appending(
                answers, segments.take(rows.stream().map(Row::event).toList(), now, leases, head.subscriptions));
    }

    private Map<ByteBuffer, String> idsOf(List<ByteBuffer> deduplicationKeys) {
        var known = new HashMap<ByteBuffer, String>();
        for (var some : inParts(deduplicationKeys)) {
            jdbc.sql("select deduplication_key, received_at, seq from event where deduplication_key in (:keys)")
                    .param("keys", some.stream().map(ByteBuffer::array).toList())
                    .query(row -> {
                        known.put(
                                ByteBuffer.wrap(row.getBytes(1)),
                                Event.id(Ids.instant(row.getLong(2)), row.getLong(3)));
                    });
        }
        return known;
    }

    private static <T> List<List<T>> inParts(List<T> all) {
        return IntStream.iterate(0, from -> from < all.size(), from -> from + AT_ONCE)
                .mapToObj(from -> all.subList(from, Math.min(from + AT_ONCE, all.size())))
                .toList();
    }

    /**
     * Adds events that were stored without a publisher's id and are now published again with the gateway's id: an unknown
     * outcome is answered with that id, see {@link io.waypost.event.OutcomeUnknown}.
     */
    private void addRepeatedById(List<List<NewEvent>> requests, Map<ByteBuffer, String> known) {
        var named = new HashMap<Repeated, ByteBuffer>();
        var seqs = new ArrayList<Long>();
        for (var event : requests.stream().flatMap(List::stream).toList()) {
            var id = event.sourceId();
            if (id != null) {
                Event.seqIn(id).ifPresent(seq -> {
                    seqs.add(seq);
                    named.put(
                            new Repeated(event.tenant(), event.source(), event.type(), id),
                            deduplicationKey(event.tenant(), event.source(), id));
                });
            }
        }
        for (var some : inParts(seqs)) {
            jdbc.sql("""
                            select seq, received_at, tenant, source, type
                              from event
                             where seq in (:seqs)
                               and source_id is null
                            """).param("seqs", some).query(row -> {
                var id = Event.id(Ids.instant(row.getLong(2)), row.getLong(1));
                var deduplicationKey =
                        named.get(new Repeated(row.getString(3), row.getString(4), row.getString(5), id));
                if (deduplicationKey != null) {
                    known.putIfAbsent(deduplicationKey, id);
                }
            });
        }
    }

    private void insert(List<Row> rows) {
        template.batchUpdate("""
                insert into event (seq, received_at, tenant, type, source, source_id, subject, occurred_at, test,
                                   attributes, data, base64, deduplication_key)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, rows, rows.size(), JdbcAppender::bind);
    }

    @SuppressWarnings("ByteBufferBackingArray") // the buffer wraps its whole array
    private static void bind(PreparedStatement statement, Row row) throws SQLException {
        var event = row.event;
        statement.setLong(1, event.seq());
        statement.setLong(2, Ids.micros(event.receivedAt()));
        statement.setString(3, event.tenant());
        statement.setString(4, event.type());
        statement.setString(5, event.source());
        statement.setString(6, event.sourceId());
        statement.setString(7, event.subject());
        statement.setLong(8, Ids.micros(event.time()));
        statement.setBoolean(9, event.test());
        bytes(
                statement,
                10,
                event.attributes() == null ? null : event.attributes().getBytes(UTF_8));
        statement.setBytes(11, event.data().getBytes(UTF_8));
        statement.setBoolean(12, event.base64());
        bytes(statement, 13, row.deduplicationKey == null ? null : row.deduplicationKey.array());
    }

    private static void bytes(PreparedStatement statement, int index, byte @Nullable [] value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.BINARY);
        } else {
            statement.setBytes(index, value);
        }
    }

    private static @Nullable ByteBuffer deduplicationKeyOf(NewEvent event) {
        if (event.sourceId() != null) {
            return deduplicationKey(event.tenant(), event.source(), event.sourceId());
        }
        // One part more than above, so that it never equals a key made from a publisher's id.
        return event.repeatKey() == null
                ? null
                : deduplicationKey(event.tenant(), event.source(), "", event.repeatKey());
    }

    private static ByteBuffer deduplicationKey(String... parts) {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            for (var part : parts) {
                var bytes = part.getBytes(UTF_8);
                // The length is part of the key, so that ("a", "bc") and ("ab", "c") differ.
                sha.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
                sha.update(bytes);
            }
            return ByteBuffer.wrap(Arrays.copyOf(sha.digest(), 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
