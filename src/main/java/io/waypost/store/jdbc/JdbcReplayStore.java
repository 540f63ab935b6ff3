package io.waypost.store.jdbc;

import io.waypost.delivery.MissedRange;
import io.waypost.platform.Ids;
import io.waypost.platform.Locks;
import io.waypost.platform.node.NodeId;
import io.waypost.replay.ReplayStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Replays in the database. */
@Repository
class JdbcReplayStore implements ReplayStore {

    /** Zero, as numbers are written in the text columns of table {@code replay_buffer}. */
    private static final String NONE = "0".repeat(19);

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final NodeId node;
    private final InTurn<String> buffers = new InTurn<>("");

    JdbcReplayStore(JdbcClient jdbc, TransactionTemplate transaction, NodeId node) {
        this.node = node;
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    @Override
    public void decide(long subscription, Mode mode, Instant now) {
        switch (mode) {
            case REPLAY ->
                jdbc.sql("update subscription set wish = 'REPLAY' where no = :subscription")
                        .param("subscription", subscription)
                        .update();
            case DISCARD -> discard(subscription, now);
        }
        jdbc.sql("""
                        insert into replay (subscription, mode, next_seq, remaining, due_at, fence, created_at)
                        select no, cast(:mode as varchar), 0, 0, cast(:now as bigint), 1, cast(:now as bigint)
                          from subscription
                         where no = :subscription
                           and not exists (select 1
                                             from replay
                                            where subscription = :subscription
                                              and mode = :mode
                                              and first_seq is null)
                        """)
                .param("subscription", subscription)
                .param("mode", mode.name())
                .param("now", Ids.micros(now))
                .update();
    }

    /** Also discards the rest of replays that an earlier activation started. */
    private void discard(long subscription, Instant now) {
        jdbc.sql("""
                        update subscription
                           set wish = 'DISCARD', discarded_to = (select last_seq from log_head where id = 1)
                         where no = :subscription
                        """).param("subscription", subscription).update();
        jdbc.sql("delete from replay where subscription = :subscription and first_seq is null")
                .param("subscription", subscription)
                .update();
        jdbc.sql("""
                        update replay
                           set mode = 'DISCARD', fence = fence + 1, due_at = :now
                         where subscription = :subscription
                           and mode = 'REPLAY'
                        """)
                .param("subscription", subscription)
                .param("now", Ids.micros(now))
                .update();
    }

    @Override
    public boolean letOut(MissedRange range, long version, Instant now) {
        return Objects.requireNonNull(Locks.despite(() -> transaction.execute(_ -> {
            // Locked, so that no other activation changes the decision before the commit.
            var discardedTo = jdbc.sql("select discarded_to from subscription where no = :subscription for update")
                    .param("subscription", range.subscription())
                    .query(Long.class)
                    .optional()
                    .orElse(0L);
            var removed = jdbc.sql("delete from replay_buffer where id = :id and version = :version")
                    .param("id", String.valueOf(range.subscription()))
                    .param("version", version)
                    .update();
            if (removed == 1) {
                begin(range, discardedTo, now);
            }
            return removed == 1;
        })));
    }

    private void begin(MissedRange range, long discardedTo, Instant now) {
        if (range.first() > 0 && range.first() <= discardedTo) {
            begin(range, Mode.DISCARD, range.first(), Math.min(range.last(), discardedTo), now);
        }
        if (range.last() > discardedTo) {
            begin(range, Mode.REPLAY, Math.max(range.first(), discardedTo + 1), range.last(), now);
        }
        beginWithoutRange(range.subscription(), now);
    }

    /** Starts the replay that waits for the range, or inserts one if none waits. */
    private void begin(MissedRange range, Mode mode, long first, long last, Instant now) {
        var most = Math.min(range.count(), last - first + 1);
        var waiting = jdbc.sql("""
                        update replay
                           set first_seq = :first, last_seq = :last, remaining = :most, due_at = :now
                         where subscription = :subscription
                           and mode = :mode
                           and first_seq is null
                        """)
                .param("first", first)
                .param("last", last)
                .param("most", most)
                .param("now", Ids.micros(now))
                .param("subscription", range.subscription())
                .param("mode", mode.name())
                .update();
        if (waiting == 0) {
            jdbc.sql("""
                            insert into replay (subscription, mode, first_seq, last_seq, next_seq, remaining, due_at,
                                                fence, created_at)
                            values (:subscription, :mode, :first, :last, 0, :most, :now, 1, :now)
                            """)
                    .param("subscription", range.subscription())
                    .param("mode", mode.name())
                    .param("first", first)
                    .param("last", last)
                    .param("most", most)
                    .param("now", Ids.micros(now))
                    .update();
        }
    }

    @Override
    public void beginWithoutRange(long subscription, Instant now) {
        jdbc.sql("""
                        update replay
                           set first_seq = 0, last_seq = 0, due_at = :now
                         where subscription = :subscription
                           and first_seq is null
                        """)
                .param("subscription", subscription)
                .param("now", Ids.micros(now))
                .update();
    }

    @Override
    public void sendRows(long subscription, Instant now) {
        jdbc.sql("""
                        insert into replay (subscription, mode, first_seq, last_seq, next_seq, remaining, due_at, fence,
                                            created_at)
                        values (:subscription, 'REPLAY', 0, 0, 0, 0, :now, 1, :now)
                        """)
                .param("subscription", subscription)
                .param("now", Ids.micros(now))
                .update();
    }

    @Override
    public List<Long> waiting(Instant olderThan) {
        return jdbc.sql("""
                        select distinct r.subscription
                          from replay r
                          join subscription s on s.no = r.subscription
                         where r.first_seq is null
                           and r.created_at < :olderThan
                           and s.state = 'ACTIVE'
                        """)
                .param("olderThan", Ids.micros(olderThan))
                .query(Long.class)
                .list();
    }

    @Override
    public List<Replay> claim(Instant now, Duration lease, Predicate<Replay> wanted) {
        var due = jdbc.sql("""
                        select r.id, r.subscription, r.mode, r.first_seq, r.last_seq, r.next_seq, r.remaining, r.fence
                          from replay r
                         where r.due_at <= :now
                           and r.first_seq is not null
                           and (r.mode = 'DISCARD'
                                or r.id = (select min(o.id)
                                             from replay o
                                            where o.subscription = r.subscription
                                              and o.mode = 'REPLAY'))
                         order by r.id
                         limit 100
                        """).param("now", Ids.micros(now)).query(JdbcReplayStore::replay).list().stream()
                .filter(wanted)
                .toList();
        if (due.isEmpty()) {
            return due;
        }
        return Objects.requireNonNull(transaction.execute(_ -> due.stream()
                .filter(r -> claim(r, now, now.plus(lease)))
                .map(r -> new Replay(
                        r.id(),
                        r.subscription(),
                        r.mode(),
                        r.first(),
                        r.last(),
                        r.next(),
                        r.remaining(),
                        r.fence() + 1))
                .toList()));
    }

    private boolean claim(Replay replay, Instant now, Instant until) {
        return jdbc.sql("""
                        update replay
                           set fence = fence + 1, due_at = :until, claimed_by = :node
                         where id = :id
                           and fence = :fence
                           and due_at <= :now
                        """)
                        .param("until", Ids.micros(until))
                        .param("node", node.text())
                        .param("id", replay.id())
                        .param("fence", replay.fence())
                        .param("now", Ids.micros(now))
                        .update()
                == 1;
    }

    @Override
    public boolean progress(Replay replay, long next, long remaining, long made, Instant leaseEnd) {
        return jdbc.sql("""
                        update replay
                           set next_seq = :next, remaining = :remaining, made = :made, due_at = :leaseEnd,
                               claimed_by = :node
                         where id = :id
                           and fence = :fence
                        """)
                        .param("next", next)
                        .param("remaining", remaining)
                        .param("made", made)
                        .param("leaseEnd", Ids.micros(leaseEnd))
                        .param("node", node.text())
                        .param("id", replay.id())
                        .param("fence", replay.fence())
                        .update()
                == 1;
    }

    @Override
    public void delete(Replay replay) {
        jdbc.sql("delete from replay where id = :id and fence = :fence")
                .param("id", replay.id())
                .param("fence", replay.fence())
                .update();
    }

    @Override
    public void forget(long subscription) {
        forget(jdbc, subscription);
    }

    /** As {@link #forget(long)}, for the transaction that deletes the subscription. */
    static void forget(JdbcClient jdbc, long subscription) {
        jdbc.sql("delete from replay_buffer where id = :id")
                .param("id", String.valueOf(subscription))
                .update();
        jdbc.sql("delete from replay where subscription = :subscription")
                .param("subscription", subscription)
                .update();
    }

    @Override
    public List<Replay> sending(long subscription) {
        return jdbc.sql("""
                        select id, subscription, mode, coalesce(first_seq, 0), coalesce(last_seq, 0), next_seq,
                               greatest(0, remaining - made), fence
                          from replay
                         where subscription = :subscription
                           and mode = 'REPLAY'
                         order by id
                        """)
                .param("subscription", subscription)
                .query(JdbcReplayStore::replay)
                .list();
    }

    /**
     * One statement, because a range that moves from a buffer to a replay, or back, between two statements would be in
     * neither.
     */
    @Override
    public List<Need> needs(long before) {
        return jdbc.sql("""
                        select n.subscription, s.tenant, n.first_seq, n.last_seq
                          from (select subscription, greatest(next_seq, first_seq) as first_seq, last_seq
                                  from replay
                                 where first_seq > 0
                                   and greatest(next_seq, first_seq) < :before
                                union all
                                select cast(id as bigint), cast(first_seq as bigint), null
                                  from replay_buffer
                                 where first_seq > :none
                                   and first_seq < :beforeAsText) n
                          join subscription s on s.no = n.subscription
                         where s.deleted = false
                        """)
                .param("before", before)
                .param("none", NONE)
                .param("beforeAsText", "%019d".formatted(before))
                .query((row, _) ->
                        new Need(row.getLong(1), row.getString(2), row.getLong(3), row.getObject(4, Long.class)))
                .list();
    }

    @Override
    public Map<Long, Long> largest(int most) {
        var largest = new LinkedHashMap<Long, Long>();
        jdbc.sql("""
                        select id, buffered
                          from replay_buffer
                         where buffered > :none
                         order by buffered desc, id desc
                         limit :most
                        """).param("none", NONE).param("most", most).query(row -> {
            largest.put(Long.valueOf(row.getString(1)), Long.valueOf(row.getString(2)));
        });
        return largest;
    }

    private record Buffered(String id, boolean active, boolean gone) {}

    @Override
    public List<LeftBehind> leftBehind() {
        return buffers.next(this::buffers, Buffered::id).stream()
                .filter(buffer -> buffer.active || buffer.gone)
                .map(buffer -> new LeftBehind(Long.parseLong(buffer.id), buffer.gone))
                .toList();
    }

    private List<Buffered> buffers(String after) {
        return jdbc.sql("""
                        select b.id, coalesce(s.state = 'ACTIVE' and s.deleted = false, false), coalesce(s.deleted, true)
                          from (select id
                                  from replay_buffer
                                 where id > :after
                                 order by id
                                 limit :most) b
                          left join subscription s on s.no = cast(b.id as bigint)
                         order by b.id
                        """)
                .param("after", after)
                .param("most", InTurn.AT_ONCE)
                .query((row, _) -> new Buffered(row.getString(1), row.getBoolean(2), row.getBoolean(3)))
                .list();
    }

    private static Replay replay(ResultSet row, int number) throws SQLException {
        return new Replay(
                row.getLong(1),
                row.getLong(2),
                Mode.valueOf(row.getString(3)),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getInt(8));
    }
}
