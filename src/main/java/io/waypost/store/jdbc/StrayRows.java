package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Finds subscriptions whose deliveries no node claims, by column {@code line}: the number of the subscription while a
 * delivery is open, its negative while it is in the replay buffer. Each call costs one index lookup for each subscription
 * it looks at.
 */
final class StrayRows {

    private final JdbcClient jdbc;
    private final InTurn<Long> stranded = new InTurn<>(Long.MIN_VALUE);
    private final InTurn<Long> waiting = new InTurn<>(0L);

    StrayRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A value of column {@code line}, and whether it is one of those looked for. */
    private record Found(long line, boolean deleted, boolean wanted) {}

    List<Long> stranded() {
        return stranded.next(this::buffers, Found::line).stream()
                .filter(Found::wanted)
                .map(found -> -found.line)
                .toList();
    }

    private List<Found> buffers(long after) {
        return jdbc.sql("""
                        with recursive buffers (line, n) as (
                            select (select d.line
                                      from delivery d
                                     where d.line >= :after + 1
                                       and d.line <= -1
                                     order by d.line
                                     limit 1), 1
                            union all
                            select (select d.line
                                      from delivery d
                                     where d.line >= b.line + 1
                                       and d.line <= -1
                                     order by d.line
                                     limit 1), b.n + 1
                              from buffers b
                             where b.line is not null
                               and b.n < :most
                        )
                        select b.line,
                               s.deleted,
                               s.state = 'ACTIVE' and s.deleted = false
                                   and not exists (select 1 from replay r where r.subscription = s.no)
                          from buffers b
                          join subscription s on s.no = -b.line
                         order by b.line
                        """)
                .param("after", after)
                .param("most", InTurn.AT_ONCE)
                .query(StrayRows::found)
                .list();
    }

    private static Found found(ResultSet row, int number) throws SQLException {
        return new Found(row.getLong(1), row.getBoolean(2), row.getBoolean(3));
    }

    /**
     * A subscription that is not active but has overdue deliveries.
     *
     * @param line its number
     */
    record Stray(long line, boolean deleted) {}

    List<Stray> strays(Instant dueBefore) {
        var overdue = jdbc.sql("select 1 from delivery where due_at >= 0 and due_at < :dueBefore limit 1")
                .param("dueBefore", Ids.micros(dueBefore))
                .query(Integer.class)
                .optional();
        return overdue.isEmpty()
                ? List.of()
                : waiting.next(after -> waiting(after, dueBefore), Found::line).stream()
                        .filter(Found::wanted)
                        .map(found -> new Stray(found.line, found.deleted))
                        .toList();
    }

    private List<Found> waiting(long after, Instant dueBefore) {
        return jdbc.sql("""
                        with recursive waiting (line, n) as (
                            select (select d.line from delivery d where d.line >= :after + 1 order by d.line limit 1), 1
                            union all
                            select (select d.line from delivery d where d.line >= w.line + 1 order by d.line limit 1),
                                   w.n + 1
                              from waiting w
                             where w.line is not null
                               and w.n < :most
                        )
                        select w.line,
                               s.deleted,
                               (s.deleted = true or s.state <> 'ACTIVE')
                                   and coalesce((select d.due_at
                                                   from delivery d
                                                  where d.line = w.line
                                                    and d.due_at >= 0
                                                  order by d.line, d.due_at
                                                  limit 1) < :dueBefore, false)
                          from waiting w
                          join subscription s on s.no = w.line
                         order by w.line
                        """)
                .param("after", after)
                .param("most", InTurn.AT_ONCE)
                .param("dueBefore", Ids.micros(dueBefore))
                .query(StrayRows::found)
                .list();
    }
}
