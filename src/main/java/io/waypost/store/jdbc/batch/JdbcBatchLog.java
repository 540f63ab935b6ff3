package io.waypost.store.jdbc.batch;

import io.waypost.delivery.batch.BatchLog;
import io.waypost.delivery.batch.PendingBatch;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeId;
import io.waypost.store.jdbc.InTurn;
import io.waypost.store.jdbc.LateWrites;
import io.waypost.store.jdbc.batch.BatchRows.Row;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Deliveries that are sent in template, in the database. */
@Repository
public class JdbcBatchLog implements BatchLog {

    private final JdbcClient jdbc;
    private final JdbcTemplate template;
    private final TransactionTemplate transaction;
    private final EventLog events;
    private final NodeId node;
    private final BatchRows rows;
    private final LateWrites lateWrites;
    private final InTurn<String> groups = new InTurn<>("");
    private final RandomGenerator random = RandomGenerator.getDefault();

    public JdbcBatchLog(
            JdbcClient jdbc, JdbcTemplate template, TransactionTemplate transaction, EventLog events, NodeId node) {
        this.node = node;
        this.jdbc = jdbc;
        this.template = template;
        this.transaction = transaction;
        this.events = events;
        this.rows = new BatchRows(jdbc, events);
        this.lateWrites = new LateWrites(jdbc, template, node);
    }

    @Override
    public void gather(List<Waiting> waiting) {
        try {
            transaction.executeWithoutResult(_ -> insert(waiting));
        } catch (DuplicateKeyException _) {
            waiting.forEach(this::insertUnlessThere);
        }
    }

    /** Inserts one row; it may exist because an earlier attempt to fan out the segment has stored it. */
    private void insertUnlessThere(Waiting one) {
        try {
            transaction.executeWithoutResult(_ -> insert(List.of(one)));
        } catch (DuplicateKeyException _) {
            // The row exists; nothing to do.
        }
    }

    private void insert(List<Waiting> fresh) {
        var waiting = lateWrites.leaveOut(fresh, Waiting::key);
        if (waiting.isEmpty()) {
            return;
        }
        template.batchUpdate("""
                insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, due_at,
                                      next_attempt_at, replay, line, batch)
                values (?, ?, ?, ?, 'PENDING', 0, 0, 1, ?, ?, false, ?, 0)
                """, waiting, waiting.size(), JdbcBatchLog::bind);
    }

    private static void bind(PreparedStatement statement, Waiting one) throws SQLException {
        statement.setLong(1, Ids.micros(one.key().createdAt()));
        statement.setLong(2, one.key().seq());
        statement.setLong(3, one.key().subscription());
        statement.setString(4, one.tenant());
        statement.setLong(5, Ids.micros(one.dueAt()));
        statement.setLong(6, Ids.micros(one.dueAt()));
        statement.setLong(7, one.key().subscription());
    }

    /** The result of a claim, before the events are read; see {@link Claim}. */
    private record Look(List<Row> taken, @Nullable PendingBatch waiting, boolean soon) {

        static final Look NOTHING = new Look(List.of(), null, false);
        static final Look SOON = new Look(List.of(), null, true);
    }

    @Override
    public Claim claim(Order order) {
        var look = Objects.requireNonNull(transaction.execute(_ -> order.ordered() ? inTurn(order) : any(order)));
        return new Claim(withEvents(look.taken), look.waiting, look.soon);
    }

    private Look any(Order order) {
        var due = rows.firstDue(order.subscription(), order.now());
        if (due != null && !due.waits()) {
            return again(due, order);
        }
        var from = due == null ? order.from() : Math.min(order.from(), rows.lowest(due));
        return from == Long.MAX_VALUE
                ? Look.NOTHING
                : next(rows.waiting(order.subscription(), from, order.now(), order.maxItems()), due != null, order);
    }

    private Look inTurn(Order order) {
        var head = rows.head(order.subscription());
        if (head == null) {
            return Look.NOTHING;
        }
        if (head.key().seq() > order.settled() || rows.replayComesFirst(head)) {
            return Look.SOON;
        }
        var due = !head.dueAt().isAfter(order.now());
        if (!head.waits()) {
            return due ? again(head, order) : Look.NOTHING;
        }
        var all = rows.waiting(order.subscription(), head.key().seq(), order.now(), order.maxItems());
        var inTurn =
                all.stream().filter(row -> row.key().seq() <= order.settled()).toList();
        var look = next(inTurn, due, order);
        return look.taken.isEmpty() && inTurn.size() < all.size() ? Look.SOON : look;
    }

    /** Claims a batch that was claimed before, or a single delivery that had an attempt and is sent alone. */
    private Look again(Row due, Order order) {
        var members = due.batch() > 0 ? rows.membersOf(due) : List.of(due);
        return new Look(take(members, due.batch() > 0 ? due.batch() : number(), order), null, false);
    }

    private Look next(List<Row> waiting, boolean due, Order order) {
        var bytes = 0L;
        var members = new ArrayList<Row>();
        for (var row : waiting) {
            if (!members.isEmpty() && members.getLast().key().seq() == row.key().seq()) {
                // The same event again, because it was replayed: it goes into the next batch.
                continue;
            }
            var fits = members.isEmpty() || bytes + row.bytes() <= PendingBatch.MOST_BYTES;
            if (!fits || row.replay() != waiting.getFirst().replay()) {
                return new Look(take(members, number(), order), null, false);
            }
            members.add(row);
            bytes += row.bytes();
        }
        if (members.size() >= order.maxItems() || bytes >= PendingBatch.MOST_BYTES || (due && !members.isEmpty())) {
            return new Look(take(members, number(), order), null, false);
        }
        var first = members.isEmpty() ? order.from() : members.getFirst().key().seq();
        return new Look(
                List.of(),
                new PendingBatch(order.subscription(), first, members.size(), bytes, order.maxItems()),
                false);
    }

    /** A number for a batch; random, so that no two template of a subscription have the same. */
    private long number() {
        return random.nextLong(1, Long.MAX_VALUE);
    }

    /**
     * Claims the rows, except those that another node has claimed since they were read. The attempt of a new batch is planned
     * for now: if this node dies, the others make it then, not when the batch would have been sent at the latest; and they
     * know its members by their common date.
     */
    private List<Row> take(List<Row> members, long number, Order order) {
        var counts = template.batchUpdate("""
                update delivery
                   set due_at = ?, fence = fence + 1, batch = ?, claimed_by = ?,
                       next_attempt_at = case when attempts = 0 then cast(? as bigint) else next_attempt_at end
                 where created_at = ?
                   and seq = ?
                   and subscription = ?
                   and fence = ?
                   and due_at = ?
                   and line = ?
                """, members, members.size(), (statement, row) -> {
            statement.setLong(1, Ids.micros(order.leaseEnd()));
            statement.setLong(2, number);
            statement.setString(3, node.text());
            statement.setLong(4, Ids.micros(order.now()));
            statement.setLong(5, Ids.micros(row.key().createdAt()));
            statement.setLong(6, row.key().seq());
            statement.setLong(7, row.key().subscription());
            statement.setInt(8, row.fence());
            statement.setLong(9, Ids.micros(row.dueAt()));
            statement.setLong(10, row.key().subscription());
        })[0];
        return IntStream.range(0, counts.length)
                .filter(i -> counts[i] == 1)
                .mapToObj(members::get)
                .toList();
    }

    private List<Claimed> withEvents(List<Row> taken) {
        if (taken.isEmpty()) {
            return List.of();
        }
        var seqs = taken.stream().map(row -> row.key().seq()).distinct().toList();
        var found = events.readAll(seqs).stream().collect(Collectors.toMap(Event::seq, Function.identity()));
        return taken.stream()
                .filter(row -> found.containsKey(row.key().seq()))
                .map(row -> new Claimed(
                        row.key(),
                        Objects.requireNonNull(found.get(row.key().seq())),
                        row.attempts(),
                        row.used(),
                        row.fence() + 1,
                        row.replay(),
                        row.throttledSince(),
                        false))
                .toList();
    }

    @Override
    public List<Long> counted() {
        return groups.next(this::groups, Function.identity()).stream()
                .map(Long::valueOf)
                .toList();
    }

    private List<String> groups(String after) {
        return jdbc.sql("select id from batch_group where id > :after order by id limit :most")
                .param("after", after)
                .param("most", InTurn.AT_ONCE)
                .query(String.class)
                .list();
    }

    @Override
    public void hasten(long subscription, Instant now) {
        jdbc.sql("""
                        update delivery
                           set due_at = :now, next_attempt_at = :now
                         where line = :line
                           and batch = 0
                           and due_at > :now
                        """).param("now", Ids.micros(now)).param("line", subscription).update();
    }
}
