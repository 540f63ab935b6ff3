package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import io.waypost.platform.due.Due;
import io.waypost.platform.due.DueSource;
import io.waypost.store.jdbc.database.Commits;
import io.waypost.subscription.Runs;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What is due, by one query. Each of its parts reads one entry of an index, or a table of a few rows. It finds the same as long as
 * nothing is committed, and is left out then where that can be known. Not safe for use by several threads.
 */
@Component
class JdbcDueSource implements DueSource {

    /** The query is made once in so many looks, whatever is known of commits. */
    private static final int AT_LEAST_OF = 20;

    private final JdbcClient jdbc;
    private final Commits commits;
    private OptionalLong known = OptionalLong.empty();
    private int looks;
    private @Nullable Due found;

    JdbcDueSource(JdbcClient jdbc, Commits commits) {
        this.jdbc = jdbc;
        this.commits = commits;
    }

    @Override
    public Due look() {
        var now = commits.count();
        looks = now.isPresent() && now.equals(known) ? looks + 1 : 0;
        known = now;
        var last = found;
        // Once more after the last commit: H2 may count one a moment before it shows what was written.
        if (last == null || looks <= 1 || looks % AT_LEAST_OF == 0) {
            found = null;
            last = query();
            found = last;
        }
        return last;
    }

    private Due query() {
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
                                   or (select buffer
                                         from delivery
                                        where buffer >= 1
                                        order by buffer, seq, created_at
                                        limit 1) is not null,
                               (select last from subscription_revision)
                        """)
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
