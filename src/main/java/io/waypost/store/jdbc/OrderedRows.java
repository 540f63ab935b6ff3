package io.waypost.store.jdbc;

import io.waypost.platform.Ids;
import io.waypost.store.jdbc.DueRows.Candidate;
import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Whose turn it is in the line of an ordered subscription. */
final class OrderedRows {

    /** So many at once: what is left when one of them fails has to be given back. */
    private static final int MOST = 16;

    private final JdbcClient jdbc;

    OrderedRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private record Next(Candidate candidate, boolean ready) {}

    /**
     * Of an ordered subscription its lowest open deliveries, as far as they are due, nothing below them can still be fanned
     * out and no replay has yet to put in what comes before them. One that has failed before comes alone, because then
     * what is behind it would most likely have to be given back.
     */
    List<Candidate> head(long line, Instant now, long settled, int most) {
        var next = next(line, now, settled, Math.min(most, MOST));
        var alone = !next.isEmpty() && next.getFirst().candidate.attempts() > 0;
        return next.stream()
                .limit(alone ? 1 : MOST)
                .takeWhile(Next::ready)
                .map(Next::candidate)
                .toList();
    }

    private List<Next> next(long line, Instant now, long settled, int most) {
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
                .param("line", line)
                .param("now", Ids.micros(now))
                .param("settled", settled)
                .param("most", most)
                .query((row, _) -> new Next(Candidate.of(row, true), row.getBoolean(9)))
                .list();
    }
}
