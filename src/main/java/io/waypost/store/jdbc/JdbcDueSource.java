package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import io.waypost.platform.due.Due;
import io.waypost.platform.due.DueSource;
import io.waypost.subscription.Runs;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What is due, by one query. Each of its parts reads one entry of an index, or a table of a few rows. */
@Component
class JdbcDueSource implements DueSource {

    private final JdbcClient jdbc;

    JdbcDueSource(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Due look() {
        // For H2: an order by all columns of the index, or it sorts all rows; a lower bound, or it begins with all that
        // have
        // none. For PostgreSQL: no "exists", for which it may read the table.
        return jdbc.sql("""
                        select (select due_at from delivery where due_at >= 0 order by due_at, line limit 1),
                               (select due_at from notice where lane = 0 order by lane, due_at limit 1),
                               (select due_at from notice where lane = 1 order by lane, due_at limit 1),
                               (select min(due_at) from replay),
                               (select next_run_at from subscription where next_run_at >= 0 order by next_run_at limit 1),
                               (select min(lease_end) from log_segment),
                               (select last_seq from log_head where id = 1)
                                   > (select claimed_seq from log_claim where id = 1),
                               (select line from delivery where due_at = :never order by due_at, line limit 1) is not null,
                               exists (select 1 from batch_group),
                               exists (select 1 from replay)
                                   or exists (select 1 from replay_buffer)
                                   or (select line
                                         from delivery
                                        where line >= :least
                                          and line <= -1
                                        order by line, seq, created_at
                                        limit 1) is not null,
                               (select last from subscription_revision)
                        """)
                .param("least", -Long.MAX_VALUE)
                .param("never", Ids.micros(Runs.NOT_BY_ITSELF))
                .query((row, _) -> new Due(
                        date(row, 1),
                        earlier(date(row, 2), date(row, 3)),
                        date(row, 4),
                        date(row, 5),
                        date(row, 6),
                        row.getBoolean(7),
                        row.getBoolean(8),
                        row.getBoolean(9),
                        row.getBoolean(10),
                        row.getLong(11)))
                .single();
    }

    private static Instant date(ResultSet row, int column) throws SQLException {
        var date = JdbcEventLog.instant(row, column);
        return date == null ? Instant.MAX : date;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
