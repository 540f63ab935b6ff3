package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Finds subscriptions whose deliveries no node claims. Each call costs one index lookup for each subscription it looks at.
 */
final class StrayRows {

    private final JdbcClient jdbc;
    private final InTurn<Long> stranded = new InTurn<>(0L);
    private final InTurn<Long> waiting = new InTurn<>(0L);

    StrayRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param wanted whether it is one of those looked for */
    private record Found(long subscription, boolean deleted, boolean wanted) {}

    List<Long> stranded() {
        return stranded.next(this::buffers, Found::subscription).stream()
                .filter(Found::wanted)
                .map(Found::subscription)
                .toList();
    }

    private List<Found> buffers(long after) {
        return jdbc.sql("""
                        with recursive buffers (buffer, n) as (
                            select (select d.buffer
                                      from delivery d
                                     where d.buffer >= :after + 1
                                     order by d.buffer
                                     limit 1), 1
                            union all
                            select (select d.buffer
                                      from delivery d
                                     where d.buffer >= b.buffer + 1
                                     order by d.buffer
                                     limit 1), b.n + 1
                              from buffers b
                             where b.buffer is not null
                               and b.n < :most
                        )
                        select b.buffer,
                               s.deleted,
                               s.state = 'ACTIVE' and s.deleted = false
                                   and not exists (select 1 from replay r where r.subscription = s.no)
                          from buffers b
                          join subscription s on s.no = b.buffer
                         order by b.buffer
                        """)
                .param("after", after)
                .param("most", InTurn.AT_ONCE)
                .query(StrayRows::found)
                .list();
    }

    private static Found found(ResultSet row, int number) throws SQLException {
        return new Found(row.getLong(1), row.getBoolean(2), row.getBoolean(3));
    }

    /** A subscription that is not active but has overdue deliveries. */
    record Stray(long subscription, boolean deleted) {}

    List<Stray> strays(Instant dueBefore) {
        var overdue = jdbc.sql("select 1 from delivery where due_at >= 0 and due_at < :dueBefore limit 1")
                .param("dueBefore", Ids.micros(dueBefore))
                .query(Integer.class)
                .optional();
        return overdue.isEmpty()
                ? List.of()
                : waiting.next(after -> waiting(after, dueBefore), Found::subscription).stream()
                        .filter(Found::wanted)
                        .map(found -> new Stray(found.subscription, found.deleted))
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
