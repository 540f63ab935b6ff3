package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import io.waypost.store.jdbc.DueRows.Candidate;
import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The next deliveries of ordered subscriptions. */
final class OrderedRows {

    /** At most so many at once, because when one fails the claims on those after it have to be released. */
    private static final int MOST = 16;

    private final JdbcClient jdbc;

    OrderedRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private record Next(Candidate candidate, boolean ready) {}

    /**
     * The first open deliveries of an ordered subscription, in the order of the log, up to the first that is not due, is
     * above {@code settled}, or may be preceded by deliveries that a replay or a replay buffer has yet to add. A delivery
     * that has failed before is returned alone, because it will probably fail again.
     */
    List<Candidate> head(long subscription, Instant now, long settled, int most) {
        var next = next(subscription, now, settled, Math.min(most, MOST));
        var alone = !next.isEmpty() && next.getFirst().candidate.attempts() > 0;
        return next.stream()
                .limit(alone ? 1 : MOST)
                .takeWhile(Next::ready)
                .map(Next::candidate)
                .toList();
    }

    private List<Next> next(long subscription, Instant now, long settled, int most) {
        return jdbc.sql("""
                        select d.created_at, d.seq, d.subscription, d.attempts, d.used, d.fence, d.replay,
                               d.throttled_since,
                               d.due_at <= :now
                                   and d.seq <= :settled
                                   and not exists (select 1
                                                     from replay r
                                                    where r.subscription = d.subscription
                                                      and d.seq >= r.next_seq)
                                   and not exists (select 1
                                                     from replay_buffer b
                                                    where b.id = cast(d.subscription as varchar))
                          from (select *
                                  from delivery
                                 where line = :line
                                   and seq >= 0
                                 order by line, seq, created_at
                                 limit :most) d
                         order by d.seq, d.created_at
                        """)
                .param("line", subscription)
                .param("now", Ids.micros(now))
                .param("settled", settled)
                .param("most", most)
                .query((row, _) -> new Next(Candidate.of(row, true), row.getBoolean(9)))
                .list();
    }
}
