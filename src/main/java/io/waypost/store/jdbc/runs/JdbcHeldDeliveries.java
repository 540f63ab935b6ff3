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

    @Override
    public List<Long> subscriptions() {
        return jdbc.sql("""
                        select distinct line
                          from delivery
                         where due_at = :held
                           and line is not null
                         order by line
                        """).param("held", HELD).query(Long.class).list();
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
