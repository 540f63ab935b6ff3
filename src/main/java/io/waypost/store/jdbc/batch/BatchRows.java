package io.waypost.store.jdbc.batch;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Queries for the open deliveries of a subscription with batches; column {@code line} is its number. Without the orders and
 * lower bounds H2 would sort all of its rows; see {@code DueRows}.
 */
final class BatchRows {

    private static final Comparator<Row> BY_LOG =
            Comparator.comparingLong((Row row) -> row.key.seq()).thenComparing(row -> row.key.createdAt());

    private final JdbcClient jdbc;
    private final EventLog events;

    BatchRows(JdbcClient jdbc, EventLog events) {
        this.jdbc = jdbc;
        this.events = events;
    }

    /**
     * An open delivery.
     *
     * @param batch the number of its batch; 0 if it is in none yet
     * @param bytes the size of its event's data; 0 if it was not read
     */
    record Row(
            DeliveryKey key,
            int attempts,
            int used,
            int fence,
            boolean replay,
            @Nullable Instant throttledSince,
            Instant dueAt,
            long batch,
            long bytes) {

        static Row of(ResultSet row, int number) throws SQLException {
            var throttled = row.getObject(8, Long.class);
            return new Row(
                    new DeliveryKey(Ids.instant(row.getLong(1)), row.getLong(2), row.getLong(3)),
                    row.getInt(4),
                    row.getInt(5),
                    row.getInt(6),
                    row.getBoolean(7),
                    throttled == null ? null : Ids.instant(throttled),
                    Ids.instant(row.getLong(9)),
                    row.getLong(10),
                    row.getLong(11));
        }

        private Row ofSize(long size) {
            return new Row(key, attempts, used, fence, replay, throttledSince, dueAt, batch, size);
        }

        /** Whether it may become a member of a new batch: one that had an attempt may not. */
        boolean waits() {
            return batch == 0 && attempts == 0;
        }
    }

    @Nullable
    Row firstDue(long line, Instant now) {
        return jdbc.sql("""
                        select created_at, seq, subscription, attempts, used, fence, replay, throttled_since, due_at,
                               coalesce(batch, 0), 0
                          from delivery
                         where line = :line
                           and due_at >= 0
                           and due_at <= :now
                         order by line, due_at
                         limit 1
                        """)
                .param("line", line)
                .param("now", Ids.micros(now))
                .query(Row::of)
                .optional()
                .orElse(null);
    }

    /** The lowest sequence number of the deliveries without attempts that are due at the same time. */
    long lowest(Row due) {
        return jdbc.sql("""
                        select min(seq)
                          from delivery
                         where line = :line
                           and due_at = :dueAt
                           and attempts = 0
                        """)
                .param("line", due.key.subscription())
                .param("dueAt", Ids.micros(due.dueAt))
                .query(Long.class)
                .single();
    }

    /**
     * Deliveries that wait for a batch, and those that are due without being in one, for instance because they are
     * replayed.
     */
    List<Row> waiting(long line, long from, Instant now, int most) {
        var rows = jdbc.sql("""
                        select created_at, seq, subscription, attempts, used, fence, replay, throttled_since, due_at, 0, 0
                          from delivery
                         where line = :line
                           and seq >= :from
                           and attempts = 0
                           and (batch = 0 or (batch is null and due_at <= :now))
                         order by line, seq, created_at
                         limit :most
                        """)
                .param("line", line)
                .param("from", from)
                .param("now", Ids.micros(now))
                .param("most", most)
                .query(Row::of)
                .list();
        var heads = events.heads(rows.stream().map(row -> row.key.seq()).collect(Collectors.toSet()));
        return rows.stream()
                .<Row>mapMulti((row, into) -> {
                    var event = heads.get(row.key.seq());
                    if (event != null) {
                        into.accept(row.ofSize(event.bytes()));
                    }
                })
                .sorted(BY_LOG)
                .toList();
    }

    /** All members of its batch. */
    List<Row> membersOf(Row due) {
        return jdbc
                .sql("""
                        select created_at, seq, subscription, attempts, used, fence, replay, throttled_since, due_at,
                               batch, 0
                          from delivery
                         where line = :line
                           and due_at = :dueAt
                           and batch = :batch
                        """)
                .param("line", due.key.subscription())
                .param("dueAt", Ids.micros(due.dueAt))
                .param("batch", due.batch)
                .query(Row::of)
                .list()
                .stream()
                .sorted(BY_LOG)
                .toList();
    }

    /** The open delivery with the lowest sequence number. */
    @Nullable
    Row head(long line) {
        return jdbc.sql("""
                        select created_at, seq, subscription, attempts, used, fence, replay, throttled_since, due_at,
                               coalesce(batch, 0), 0
                          from delivery
                         where line = :line
                           and seq >= 0
                         order by line, seq, created_at
                         limit 1
                        """).param("line", line).query(Row::of).optional().orElse(null);
    }

    /** Whether a replay or a replay buffer may still add deliveries before it. */
    boolean replayComesFirst(Row head) {
        return jdbc.sql("""
                        select exists (select 1
                                         from replay r
                                        where r.subscription = :subscription
                                          and r.next_seq <= :seq)
                               or exists (select 1
                                            from replay_buffer b
                                           where b.id = cast(:subscription as varchar))
                        """)
                .param("subscription", head.key.subscription())
                .param("seq", head.key.seq())
                .query(Boolean.class)
                .single();
    }
}
