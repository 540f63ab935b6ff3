package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeId;
import io.waypost.store.jdbc.DeliveryBlock.Entry;
import io.waypost.subscription.Runs;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.ParameterizedPreparedStatementSetter;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Writes updates of deliveries, many at once. */
final class DeliveryWrites {

    private final JdbcTemplate template;
    private final EventLog events;
    private final DeliveryBlocks blocks;
    private final LateWrites lateWrites;
    private final NodeId node;

    DeliveryWrites(JdbcClient jdbc, JdbcTemplate template, EventLog events, DeliveryBlocks blocks, NodeId node) {
        this.node = node;
        this.template = template;
        this.events = events;
        this.blocks = blocks;
        this.lateWrites = new LateWrites(jdbc, blocks, node);
    }

    void settle(List<DeliveryUpdate> updates) {
        var fresh = updates.stream().filter(s -> !s.row()).toList();
        var known = updates.stream()
                .filter(DeliveryUpdate::row)
                .<DeliveryUpdate>mapMulti(DeliveryUpdate::each)
                .toList();
        // What a replay has sent belongs to no segment, so each would have to be looked for in the blocks.
        var valid = new ArrayList<>(
                fresh.stream().filter(s -> isEnded(s) && s.replay()).toList());
        valid.addAll(lateWrites.leaveOut(
                fresh.stream().filter(s -> !isEnded(s) || !s.replay()).toList(), DeliveryUpdate::key));
        // Inserts come first, because a row may be inserted, changed and removed by the same call.
        insert(inOrder(valid, s -> !isEnded(s)));
        valid.addAll(update(inOrder(known, s -> !isEnded(s))));
        valid.addAll(remove(inOrder(known, DeliveryWrites::isEnded)));
        blocks.insert(valid.stream()
                .filter(DeliveryWrites::isEnded)
                .map(DeliveryWrites::entry)
                .toList());
        insertAttempts(valid.stream()
                .filter(s -> !hasSucceededAtOnce(s))
                .map(DeliveryUpdate::attempt)
                .filter(Objects::nonNull)
                .toList());
        var exhausted =
                valid.stream().filter(s -> s.status() == Status.EXHAUSTED).toList();
        if (!exhausted.isEmpty()) {
            var heads = events.heads(exhausted.stream().map(s -> s.key().seq()).collect(Collectors.toSet()));
            JdbcNoticeStore.createExhausted(template, exhausted, heads);
        }
    }

    /**
     * Sorted like the rows of a claim, to avoid deadlocks. The sort is stable, so several updates of one row keep their order.
     */
    private static List<DeliveryUpdate> inOrder(List<DeliveryUpdate> updates, Predicate<DeliveryUpdate> which) {
        return updates.stream()
                .filter(which)
                .sorted(Comparator.comparing(DeliveryUpdate::key, DueRows.ORDER))
                .toList();
    }

    private static boolean isEnded(DeliveryUpdate update) {
        return update.dueAt() == null && update.status() != Status.BUFFERED;
    }

    /** Whether its first attempt has succeeded before it had a row, so that all there is to tell of it stands in the block. */
    private static boolean hasSucceededAtOnce(DeliveryUpdate update) {
        return !update.row() && update.status() == Status.SUCCEEDED && update.attempts() == 1;
    }

    private static Entry entry(DeliveryUpdate update) {
        var attempt = hasSucceededAtOnce(update) ? update.attempt() : null;
        return new Entry(
                update.key(),
                update.tenant(),
                update.status(),
                update.attempts(),
                update.used(),
                update.fence(),
                Objects.requireNonNull(update.finishedAt()),
                update.replay(),
                attempt == null ? null : attempt.withDetail(DeliveryRows.shortened(attempt.detail())));
    }

    /** Makes a row, due now, of a delivery that had ended. */
    void again(Entry entry, Instant now) {
        template.update("""
                insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, due_at,
                                      next_attempt_at, replay, line)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, statement -> {
            key(statement, 1, entry.key());
            statement.setString(4, entry.tenant());
            statement.setString(5, (entry.attempts() == 0 ? Status.PENDING : Status.RETRYING).name());
            statement.setInt(6, entry.attempts());
            statement.setInt(7, entry.used());
            statement.setInt(8, entry.fence() + 1);
            time(statement, 9, now);
            time(statement, 10, now);
            statement.setBoolean(11, entry.replay());
            statement.setLong(12, entry.key().subscription());
        });
        var attempt = entry.attempt();
        if (attempt != null) {
            insertAttempts(List.of(attempt));
        }
    }

    private void insert(List<DeliveryUpdate> updates) {
        batch(template, """
                insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, due_at,
                                      next_attempt_at, throttled_since, replay, line, buffer, claimed_by)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, updates, this::bindInsert);
    }

    /** @return for each how many rows it has changed */
    private static <T> int[] batch(
            JdbcTemplate template, String sql, List<T> all, ParameterizedPreparedStatementSetter<T> binder) {
        return all.isEmpty() ? new int[0] : template.batchUpdate(sql, all, all.size(), binder)[0];
    }

    /** The node that holds the claim if the due date is the end of a claim; null if it is the time of the next attempt. */
    private @Nullable String claimedBy(DeliveryUpdate s) {
        var due = s.dueAt();
        var next = s.nextAttemptAt();
        return due != null && next != null && due.isAfter(next) && !due.equals(Runs.NOT_BY_ITSELF) ? node.text() : null;
    }

    private void bindInsert(PreparedStatement statement, DeliveryUpdate s) throws SQLException {
        key(statement, 1, s.key());
        statement.setString(4, s.tenant());
        statement.setString(5, s.status().name());
        statement.setInt(6, s.attempts());
        statement.setInt(7, s.used());
        statement.setInt(8, s.fence());
        time(statement, 9, s.dueAt());
        time(statement, 10, s.nextAttemptAt());
        time(statement, 11, s.throttledSince());
        statement.setBoolean(12, s.replay());
        number(statement, 13, line(s));
        number(statement, 14, buffer(s));
        statement.setString(15, claimedBy(s));
    }

    private static @Nullable Long line(DeliveryUpdate open) {
        return open.status() == Status.BUFFERED ? null : open.key().subscription();
    }

    private static @Nullable Long buffer(DeliveryUpdate open) {
        return open.status() == Status.BUFFERED ? open.key().subscription() : null;
    }

    /** @return those whose fence was that of the row */
    private List<DeliveryUpdate> update(List<DeliveryUpdate> updates) {
        var counts = batch(template, """
                update delivery
                   set status = ?, attempts = ?, used = ?, due_at = ?, next_attempt_at = ?, throttled_since = ?,
                       replay = ?, line = ?, buffer = ?, claimed_by = ?
                 where created_at = ?
                   and seq = ?
                   and subscription = ?
                   and fence = ?
                """, updates, (statement, s) -> {
            statement.setString(1, s.status().name());
            statement.setInt(2, s.attempts());
            statement.setInt(3, s.used());
            time(statement, 4, s.dueAt());
            time(statement, 5, s.nextAttemptAt());
            time(statement, 6, s.throttledSince());
            statement.setBoolean(7, s.replay());
            number(statement, 8, line(s));
            number(statement, 9, buffer(s));
            statement.setString(10, claimedBy(s));
            key(statement, 11, s.key());
            statement.setInt(14, s.fence());
        });
        return counted(updates, counts);
    }

    private static <T> List<T> counted(List<T> all, int[] counts) {
        return IntStream.range(0, counts.length)
                .filter(i -> counts[i] > 0)
                .mapToObj(all::get)
                .toList();
    }

    private static final String REMOVE = """
            delete from delivery
             where created_at = ?
               and seq = ?
               and subscription = ?
               and fence = ?
            """;

    /** @return those whose fence was that of the row */
    private List<DeliveryUpdate> remove(List<DeliveryUpdate> updates) {
        return counted(updates, batch(template, REMOVE, updates, (statement, s) -> {
            key(statement, 1, s.key());
            statement.setInt(4, s.fence());
        }));
    }

    /**
     * Ends these rows, as they were read, without an attempt. To be called in a transaction.
     *
     * @param finishedAt when each has ended
     * @return how many there were still
     */
    int discard(List<Entry> rows, Function<Entry, Instant> finishedAt) {
        var removed = counted(rows, batch(template, REMOVE, rows, (statement, row) -> {
            key(statement, 1, row.key());
            statement.setInt(4, row.fence());
        }));
        blocks.insert(removed.stream()
                .map(row -> new Entry(
                        row.key(),
                        row.tenant(),
                        Status.DISCARDED,
                        row.attempts(),
                        row.used(),
                        row.fence(),
                        finishedAt.apply(row),
                        row.replay(),
                        null))
                .toList());
        return removed.size();
    }

    private void insertAttempts(List<Attempt> attempts) {
        insertAttempts(template, attempts);
    }

    static void insertAttempts(JdbcTemplate template, List<Attempt> attempts) {
        batch(template, """
                insert into attempt (created_at, seq, subscription, number, at, duration_ms, status_code, failure,
                                     detail, body)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, attempts, (statement, a) -> {
            key(statement, 1, a.delivery());
            statement.setInt(4, a.number());
            statement.setLong(5, Ids.micros(a.at()));
            statement.setLong(6, a.durationMs());
            integer(statement, 7, a.statusCode());
            statement.setString(8, a.failure() == null ? null : a.failure().name());
            statement.setString(9, DeliveryRows.shortened(a.detail()));
            text(statement, 10, a.responseBody());
        });
    }

    void deleteAttempts(List<Entry> deliveries) {
        var some = deliveries.stream()
                .filter(entry -> entry.attempt() == null && entry.attempts() > 0)
                .toList();
        batch(
                template,
                "delete from attempt where created_at = ? and seq = ? and subscription = ?",
                some,
                (statement, entry) -> key(statement, 1, entry.key()));
    }

    /** Deletes the open deliveries of the subscription and those in its buffer, with their attempts; to be called in a transaction. */
    static void drop(JdbcClient jdbc, long subscription) {
        // Two conditions on one column each, because H2 does not use an index for a condition on a pair of columns.
        jdbc.sql("""
                        delete from attempt
                         where subscription = :subscription
                           and seq in (select seq from delivery where subscription = :subscription and attempts > 0)
                           and created_at in (select created_at
                                                from delivery
                                               where subscription = :subscription
                                                 and attempts > 0)
                        """).param("subscription", subscription).update();
        jdbc.sql("delete from delivery where subscription = :subscription")
                .param("subscription", subscription)
                .update();
    }

    static void key(PreparedStatement statement, int from, DeliveryKey key) throws SQLException {
        statement.setLong(from, Ids.micros(key.createdAt()));
        statement.setLong(from + 1, key.seq());
        statement.setLong(from + 2, key.subscription());
    }

    private static void time(PreparedStatement statement, int index, @Nullable Instant at) throws SQLException {
        number(statement, index, at == null ? null : Ids.micros(at));
    }

    private static void number(PreparedStatement statement, int index, @Nullable Long value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, value);
        }
    }

    private static void integer(PreparedStatement statement, int index, @Nullable Integer value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.INTEGER);
        } else {
            statement.setInt(index, value);
        }
    }

    private static void text(PreparedStatement statement, int index, @Nullable String value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.BINARY);
        } else {
            statement.setBytes(index, value.getBytes(UTF_8));
        }
    }
}
