package io.waypost.store.jdbc;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Taking what is due, so that one subscription's million does not hide another's ten. When few rows are due they are found
 * by their due date. When many are, line by line: from each subscription that waits its share, which costs per subscription
 * and not per row.
 *
 * <p>What H2 needs to take the steps down the index that are meant: a lower bound of due dates, or it begins with all rows
 * that have none; an order that names every column of the index, or it sorts the whole line; a bound of the second column
 * where two indexes begin with the same one; and no {@code for update}, which makes it sort, and lock, the whole line.
 * PostgreSQL would gather all that is due for an {@code exists}; it does not for the first due date of a line.
 */
final class DueRows {

    private static final int MOST_LINES = 1_000;

    /** In which whoever changes several rows takes them. */
    static final Comparator<DeliveryKey> ORDER = Comparator.comparingLong(DeliveryKey::subscription)
            .thenComparingLong(DeliveryKey::seq)
            .thenComparing(DeliveryKey::createdAt);

    private static final Comparator<Candidate> BY_LINE = Comparator.comparing(Candidate::key, ORDER);

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final OrderedRows ordered;
    private final NodeId node;
    private final Set<Taken> uncertain = ConcurrentHashMap.newKeySet();
    /** The last line that got its share; the next look begins behind it. */
    private final AtomicLong served = new AtomicLong();

    DueRows(JdbcClient jdbc, TransactionTemplate transaction, NodeId node) {
        this.node = node;
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.ordered = new OrderedRows(jdbc);
    }

    /** A row that may be claimed, or has been. */
    record Candidate(
            DeliveryKey key,
            int attempts,
            int used,
            int fence,
            boolean replay,
            @Nullable Instant throttledSince,
            boolean ordered) {

        static Candidate of(ResultSet row, boolean ordered) throws SQLException {
            return new Candidate(
                    DeliveryRows.key(row),
                    row.getInt(4),
                    row.getInt(5),
                    row.getInt(6),
                    row.getBoolean(7),
                    JdbcEventLog.instant(row, 8),
                    ordered);
        }
    }

    /** @param until the end of the claim: another claim of the same row has another */
    private record Taken(DeliveryKey key, int fence, Instant until) {}

    private record Due(Candidate candidate, boolean active) {

        long line() {
            return candidate.key().subscription();
        }
    }

    /** @param due whether it is of an active subscription and has a delivery that is due */
    private record Line(long no, boolean due, boolean ordered) {}

    /**
     * Takes at most {@code most} rows until the given time; the fences are those from before.
     *
     * @param fitting of those found the first that are wanted
     */
    List<Candidate> claim(
            Instant now,
            LongFunction<Instant> until,
            LongToIntFunction room,
            long settled,
            int most,
            UnaryOperator<List<Candidate>> fitting) {
        releaseUncertain(now);
        var first = first(now, most + 1);
        if (first.isEmpty()) {
            return List.of();
        }
        var took = new ArrayList<Taken>();
        try {
            return Objects.requireNonNull(transaction.execute(_ -> {
                var found = first.size() <= most ? all(first, now, room, settled) : shares(now, room, settled, most);
                var wanted = fitting.apply(found);
                if (wanted.size() < found.size()) {
                    served.set(wanted.getLast().key().subscription());
                }
                return take(wanted, now, until, took);
            }));
        } catch (RuntimeException | Error e) {
            uncertain.addAll(took);
            throw e;
        }
    }

    /** What nobody has, though its claim may run: whether it was committed has not been told. It is due again. */
    private void releaseUncertain(Instant now) {
        for (var lost : List.copyOf(uncertain)) {
            jdbc.sql("""
                            update delivery
                               set due_at = :now
                             where created_at = :createdAt
                               and seq = :seq
                               and subscription = :subscription
                               and fence = :fence
                               and due_at = :until
                            """)
                    .param("now", Ids.micros(now))
                    .param("createdAt", Ids.micros(lost.key.createdAt()))
                    .param("seq", lost.key.seq())
                    .param("subscription", lost.key.subscription())
                    .param("fence", lost.fence)
                    .param("until", Ids.micros(lost.until))
                    .update();
            uncertain.remove(lost);
        }
    }

    /**
     * Of an ordered line nothing behind what another node has got. All nodes take line by line and each in the order of the
     * log, so that no two wait for each other.
     */
    private List<Candidate> take(List<Candidate> found, Instant now, LongFunction<Instant> until, List<Taken> took) {
        var taken = new HashSet<Candidate>();
        long lost = -1;
        for (var c : found.stream().sorted(BY_LINE).toList()) {
            var line = c.key().subscription();
            if (c.ordered && line == lost) {
                continue;
            }
            var end = until.apply(line);
            if (take(c, now, end)) {
                taken.add(c);
                took.add(new Taken(c.key(), c.fence() + 1, end));
            } else {
                lost = line;
            }
        }
        return found.stream().filter(taken::contains).toList();
    }

    /** Takes this one row if it is due. */
    Optional<Candidate> claim(DeliveryKey key, Instant now, Instant until) {
        return jdbc.sql("""
                        select d.created_at, d.seq, d.subscription, d.attempts, d.used, d.fence, d.replay,
                               d.throttled_since, s.state = 'ACTIVE' and s.deleted = false, s.ordered
                          from delivery d
                          join subscription s on s.no = d.subscription
                         where d.created_at = :createdAt
                           and d.seq = :seq
                           and d.subscription = :subscription
                           and d.due_at <= :now
                        """)
                .param("createdAt", Ids.micros(key.createdAt()))
                .param("seq", key.seq())
                .param("subscription", key.subscription())
                .param("now", Ids.micros(now))
                .query(DueRows::due)
                .optional()
                .filter(Due::active)
                .filter(due -> !due.candidate.ordered
                        || ordered.head(due.line(), now, Long.MAX_VALUE, 1).stream()
                                .anyMatch(head -> head.key().equals(key)))
                .map(Due::candidate)
                .filter(candidate -> take(candidate, now, until));
    }

    /**
     * Another node may have been faster: who raises the fence has it. A row that somebody is changing is left alone, since who
     * deactivates a subscription changes all of its rows, and may have begun with any of them.
     */
    private boolean take(Candidate c, Instant now, Instant until) {
        return jdbc.sql("""
                        update delivery
                           set due_at = :until, fence = fence + 1, batch = null, claimed_by = :node
                         where created_at = :createdAt
                           and seq = :seq
                           and subscription in (select subscription
                                                  from delivery
                                                 where created_at = :createdAt
                                                   and seq = :seq
                                                   and subscription = :subscription
                                                   for update skip locked)
                           and fence = :fence
                           and due_at <= :now
                        """)
                        .param("until", Ids.micros(until))
                        .param("node", node.text())
                        .param("createdAt", Ids.micros(c.key().createdAt()))
                        .param("seq", c.key().seq())
                        .param("subscription", c.key().subscription())
                        .param("fence", c.fence())
                        .param("now", Ids.micros(now))
                        .update()
                == 1;
    }

    /** What has been due for longest, of whichever subscription. */
    private List<Due> first(Instant now, int most) {
        return jdbc.sql("""
                        select d.created_at, d.seq, d.subscription, d.attempts, d.used, d.fence, d.replay,
                               d.throttled_since, s.state = 'ACTIVE' and s.deleted = false, s.ordered
                          from (select *
                                  from delivery
                                 where due_at >= 0
                                   and due_at <= :now
                                 order by due_at
                                 limit :most) d
                          join subscription s on s.no = d.subscription
                         order by d.due_at, d.seq
                        """)
                .param("now", Ids.micros(now))
                .param("most", most)
                .query(DueRows::due)
                .list();
    }

    private static Due due(ResultSet row, int number) throws SQLException {
        return new Due(Candidate.of(row, row.getBoolean(10)), row.getBoolean(9));
    }

    /** All that is due, as far as there is room. */
    private List<Candidate> all(List<Due> due, Instant now, LongToIntFunction room, long settled) {
        var left = new HashMap<Long, Integer>();
        var inOrder = new LinkedHashSet<Long>();
        var found = new ArrayList<Candidate>();
        for (var row : due) {
            var roomFor = row.active ? left.computeIfAbsent(row.line(), room::applyAsInt) : 0;
            if (roomFor > 0 && row.candidate.ordered) {
                inOrder.add(row.line());
            } else if (roomFor > 0) {
                left.put(row.line(), roomFor - 1);
                found.add(row.candidate);
            }
        }
        inOrder.forEach(line -> found.addAll(ordered.head(line, now, settled, room.applyAsInt(line))));
        return found;
    }

    /** From each line with something due its share, beginning behind the one that was served last. */
    private List<Candidate> shares(Instant now, LongToIntFunction room, long settled, int most) {
        var lines = new ArrayList<Line>();
        var last = served.get();
        var behind = lines(last + 1, now);
        lines.addAll(behind);
        if (behind.size() < MOST_LINES && last > 0) {
            lines(1, now).stream().filter(line -> line.no <= last).forEach(lines::add);
        }
        var withRoom = lines.stream()
                .filter(line -> line.due && room.applyAsInt(line.no) > 0)
                .toList();
        var found = new ArrayList<Candidate>();
        for (int i = 0; i < withRoom.size() && found.size() < most; i++) {
            var line = withRoom.get(i);
            var share = Math.ceilDiv(most - found.size(), withRoom.size() - i);
            found.addAll(
                    line.ordered
                            ? ordered.head(line.no, now, settled, room.applyAsInt(line.no))
                            : of(line.no, now, Math.min(share, room.applyAsInt(line.no))));
            served.set(line.no);
        }
        if (withRoom.isEmpty() && !lines.isEmpty()) {
            served.set(lines.getLast().no);
        }
        return found;
    }

    /** The lines in which something waits, from the given one on: one step down the index each, past all rows of a line. */
    private List<Line> lines(long from, Instant now) {
        return jdbc.sql("""
                        with recursive waiting (line, n) as (
                            select (select d.line from delivery d where d.line >= :from order by d.line limit 1), 1
                            union all
                            select (select d.line from delivery d where d.line >= w.line + 1 order by d.line limit 1),
                                   w.n + 1
                              from waiting w
                             where w.line is not null
                               and w.n < :most
                        )
                        select w.line,
                               s.state = 'ACTIVE' and s.deleted = false
                                   and coalesce((select d.due_at
                                                   from delivery d
                                                  where d.line = w.line
                                                    and d.due_at >= 0
                                                  order by d.line, d.due_at
                                                  limit 1), :now + 1) <= :now,
                               s.ordered
                          from waiting w
                          join subscription s on s.no = w.line
                         order by w.line
                        """)
                .param("from", from)
                .param("now", Ids.micros(now))
                .param("most", MOST_LINES)
                .query((row, _) -> new Line(row.getLong(1), row.getBoolean(2), row.getBoolean(3)))
                .list();
    }

    private List<Candidate> of(long line, Instant now, int most) {
        return jdbc.sql("""
                        select created_at, seq, subscription, attempts, used, fence, replay, throttled_since
                          from delivery
                         where line = :line
                           and due_at >= 0
                           and due_at <= :now
                         order by line, due_at
                         limit :most
                        """)
                .param("line", line)
                .param("now", Ids.micros(now))
                .param("most", most)
                .query((row, _) -> Candidate.of(row, false))
                .list();
    }
}
