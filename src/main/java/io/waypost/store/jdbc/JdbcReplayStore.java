package io.waypost.store.jdbc;

import io.waypost.delivery.Span;
import io.waypost.platform.Ids;
import io.waypost.replay.ReplayStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Replays under way, as rows. */
@Repository
class JdbcReplayStore implements ReplayStore {

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    JdbcReplayStore(JdbcClient jdbc, TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    @Override
    public void create(long subscription, Mode mode, Instant now) {
        jdbc.sql("""
                        insert into replay (subscription, mode, next_seq, remaining, due_at, fence, created_at)
                        values (:subscription, :mode, 0, 0, :now, 1, :now)
                        """)
                .param("subscription", subscription)
                .param("mode", mode.name())
                .param("now", Ids.micros(now))
                .update();
    }

    @Override
    public void begin(Span span, Instant now) {
        transaction.executeWithoutResult(_ -> {
            var waiting = jdbc.sql("""
                            update replay
                               set first_seq = :first, last_seq = :last, remaining = remaining + :count, due_at = :now
                             where subscription = :subscription
                               and first_seq is null
                            """)
                    .param("first", span.first())
                    .param("last", span.last())
                    .param("count", span.count())
                    .param("now", Ids.micros(now))
                    .param("subscription", span.subscription())
                    .update();
            if (waiting == 0 && span.count() > 0) {
                jdbc.sql("""
                                insert into replay (subscription, mode, first_seq, last_seq, next_seq, remaining, due_at,
                                                    fence, created_at)
                                values (:subscription, 'REPLAY', :first, :last, 0, :count, :now, 1, :now)
                                """)
                        .param("subscription", span.subscription())
                        .param("first", span.first())
                        .param("last", span.last())
                        .param("count", span.count())
                        .param("now", Ids.micros(now))
                        .update();
            }
        });
    }

    @Override
    public void beginWithoutSpan(long subscription, Instant now) {
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
    public List<Long> waiting(Instant olderThan) {
        return jdbc.sql("select distinct subscription from replay where first_seq is null and created_at < :olderThan")
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
                           and r.id = (select min(o.id) from replay o where o.subscription = r.subscription)
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
                           set fence = fence + 1, due_at = :until
                         where id = :id
                           and fence = :fence
                           and due_at <= :now
                        """)
                        .param("until", Ids.micros(until))
                        .param("id", replay.id())
                        .param("fence", replay.fence())
                        .param("now", Ids.micros(now))
                        .update()
                == 1;
    }

    @Override
    public boolean progress(Replay replay, long next, long remaining, Instant leaseEnd) {
        return jdbc.sql("""
                        update replay
                           set next_seq = :next, remaining = :remaining, due_at = :leaseEnd
                         where id = :id
                           and fence = :fence
                        """)
                        .param("next", next)
                        .param("remaining", remaining)
                        .param("leaseEnd", Ids.micros(leaseEnd))
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
    public void deleteAll(long subscription) {
        jdbc.sql("delete from replay where subscription = :subscription")
                .param("subscription", subscription)
                .update();
    }

    @Override
    public List<Replay> sending(long subscription) {
        return jdbc.sql("""
                        select id, subscription, mode, coalesce(first_seq, 0), coalesce(last_seq, 0), next_seq, remaining,
                               fence
                          from replay
                         where subscription = :subscription
                           and mode = 'REPLAY'
                         order by id
                        """)
                .param("subscription", subscription)
                .query(JdbcReplayStore::replay)
                .list();
    }

    @Override
    public OptionalLong lowest() {
        return jdbc.sql("select min(greatest(next_seq, coalesce(first_seq, 0))) from replay")
                .query((row, _) -> {
                    var lowest = row.getLong(1);
                    return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(lowest);
                })
                .single();
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
