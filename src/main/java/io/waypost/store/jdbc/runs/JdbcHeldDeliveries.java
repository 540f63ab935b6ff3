package io.waypost.store.jdbc.runs;

import io.waypost.delivery.runs.HeldDeliveries;
import io.waypost.platform.Ids;
import io.waypost.platform.Locks;
import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Deliveries that wait for a dispatch run are due in the year 9999. */
@Repository
class JdbcHeldDeliveries implements HeldDeliveries {

    private static final long HELD = Ids.micros(Runs.NOT_BY_ITSELF);

    /** At most so many planned runs are read at once; the rest with the next call. */
    private static final int MOST = 1_000;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    JdbcHeldDeliveries(JdbcClient jdbc, TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    /** One index lookup for each subscription, however many deliveries it has. */
    @Override
    public List<Holder> holders(long after, int most) {
        return jdbc.sql("""
                        with recursive held (line, n) as (
                            select (select d.line
                                      from delivery d
                                     where d.due_at = :held
                                       and d.line >= :after + 1
                                     order by d.due_at, d.line
                                     limit 1), 1
                            union all
                            select (select d.line
                                      from delivery d
                                     where d.due_at = :held
                                       and d.line >= h.line + 1
                                     order by d.due_at, d.line
                                     limit 1), h.n + 1
                              from held h
                             where h.line is not null
                               and h.n < :most
                        )
                        select h.line, s.deleted
                          from held h
                          join subscription s on s.no = h.line
                         order by h.line
                        """)
                .param("held", HELD)
                .param("after", after)
                .param("most", most)
                .query((row, _) -> new Holder(row.getLong(1), row.getBoolean(2)))
                .list();
    }

    @Override
    public int release(long subscription, Instant now) {
        return jdbc.sql("""
                        update delivery
                           set due_at = cast(:now as bigint) + attempts
                         where line = :line
                           and due_at = :held
                           and coalesce(next_attempt_at, 0) <= :now
                        """)
                .param("now", Ids.micros(now))
                .param("line", subscription)
                .param("held", HELD)
                .update();
    }

    @Override
    public List<Planned> due(Instant now) {
        return jdbc.sql("""
                        select no, cron, next_run_at
                          from subscription
                         where next_run_at >= 0
                           and next_run_at <= :now
                         order by next_run_at
                         limit :most
                        """)
                .param("now", Ids.micros(now))
                .param("most", MOST)
                .query((row, _) -> new Planned(row.getLong(1), new Runs(row.getString(2)), Ids.instant(row.getLong(3))))
                .list();
    }

    @Override
    public int make(Planned run, @Nullable Instant next, Instant now) {
        return Objects.requireNonNull(Locks.despite(() -> transaction.execute(_ -> {
            var mine = jdbc.sql("""
                                    update subscription
                                       set next_run_at = cast(:next as bigint)
                                     where no = :no
                                       and next_run_at = :at
                                    """)
                            .param("next", next == null ? null : Ids.micros(next))
                            .param("no", run.subscription())
                            .param("at", Ids.micros(run.at()))
                            .update()
                    == 1;
            return mine ? release(run.subscription(), now) : 0;
        })));
    }
}
