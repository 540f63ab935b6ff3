package io.waypost.store.jdbc.runs;

import io.waypost.delivery.runs.HeldDeliveries;
import io.waypost.platform.Ids;
import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What waits for a run is due in the year 9999. */
@Repository
class JdbcHeldDeliveries implements HeldDeliveries {

    private static final long HELD = Ids.micros(Runs.NOT_BY_ITSELF);

    private final JdbcClient jdbc;

    JdbcHeldDeliveries(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** One step down the index for each, however many deliveries it has. */
    @Override
    public List<Long> subscriptions(long after, int most) {
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
                        select line from held where line is not null order by line
                        """)
                .param("held", HELD)
                .param("after", after)
                .param("most", most)
                .query(Long.class)
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
}
