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
 * Claims due deliveries so that a subscription with a million of them does not starve others. If few rows are due they are
 * found by their due date. If many are due, each waiting subscription gets a share, which costs one index lookup per
 * subscription and not per row.
 *
 * <p>For H2 to use the index as intended, the statements need a lower bound of due dates, or it begins with all rows that
 * have none; an order that names every column of the index, or it sorts all rows of the subscription; a bound of the second
 * column where two indexes begin with the same one; and no {@code for update}, which makes it sort and lock all rows of the
 * subscription. For an {@code exists} PostgreSQL would read all rows that are due, but not for the first due date of a
 * subscription.
 *
 * <p>Column {@code line} is the number of the subscription while a delivery is open.
 */
final class DueRows {

    private static final int MOST_SUBSCRIPTIONS = 1_000;

    /** The order in which all statements that change several rows lock them, to avoid deadlocks. */
    static final Comparator<DeliveryKey> ORDER = Comparator.comparingLong(DeliveryKey::subscription)
            .thenComparingLong(DeliveryKey::seq)
            .thenComparing(DeliveryKey::createdAt);

    private static final Comparator<Candidate> BY_SUBSCRIPTION = Comparator.comparing(Candidate::key, ORDER);

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final OrderedRows ordered;
    private final NodeId node;
    private final Set<Taken> uncertain = ConcurrentHashMap.newKeySet();
    /** The last subscription that got its share; the next call begins after it. */
    private final AtomicLong served = new AtomicLong();

    DueRows(JdbcClient jdbc, TransactionTemplate transaction, NodeId node) {
        this.node = node;
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.ordered = new OrderedRows(jdbc);
    }

    /** A row that is due, or has been claimed. */
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

    /**
     * A claim whose commit may have failed.
     *
     * @param until the end of the claim, which also tells it from a later claim of the same row
     */
    private record Taken(DeliveryKey key, int fence, Instant until) {}

    private record Due(Candidate candidate, boolean active) {

        long subscription() {
            return candidate.key().subscription();
        }
    }

    /**
     * A subscription with open deliveries.
     *
     * @param due whether it is active and has a delivery that is due
     */
    private record Waiting(long subscription, boolean due, boolean ordered) {}

    /**
     * Claims at most {@code most} rows. The fences in the result are those from before the claim.
     *
     * @param until the end of a claim on the given subscription's rows
     * @param room how many rows of the given subscription may be claimed, 0 or more
     * @param settled everything up to this sequence number has been fanned out
     * @param fitting returns the first of the found rows, as many as are to be claimed
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

    /**
     * Makes rows due again whose claim failed with an unknown outcome: it may have been committed, but no node works on
     * them.
     */
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
     * Claims the rows in {@link #ORDER}, as all nodes do, to avoid deadlocks. If a row of an ordered subscription cannot be
     * claimed, later ones of it are not claimed either.
     */
    private List<Candidate> take(List<Candidate> found, Instant now, LongFunction<Instant> until, List<Taken> took) {
        var taken = new HashSet<Candidate>();
        long lost = -1;
        for (var c : found.stream().sorted(BY_SUBSCRIPTION).toList()) {
            var subscription = c.key().subscription();
            if (c.ordered && subscription == lost) {
                continue;
            }
            var end = until.apply(subscription);
            if (take(c, now, end)) {
                taken.add(c);
                took.add(new Taken(c.key(), c.fence() + 1, end));
            } else {
                lost = subscription;
            }
        }
        return found.stream().filter(taken::contains).toList();
    }

    /** Claims this one row if it is due. */
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
                        || ordered.head(due.subscription(), now, Long.MAX_VALUE, 1).stream()
                                .anyMatch(head -> head.key().equals(key)))
                .map(Due::candidate)
                .filter(candidate -> take(candidate, now, until));
    }

    /**
     * Claims the row unless another node has claimed it since it was read. A row that another transaction has locked is
     * skipped: a deactivation locks all rows of its subscription in any order, so waiting could be a deadlock.
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

    /** The rows that have been due for longest, of all subscriptions. */
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

    /** All due rows, up to the room of each subscription. */
    private List<Candidate> all(List<Due> due, Instant now, LongToIntFunction room, long settled) {
        var left = new HashMap<Long, Integer>();
        var inOrder = new LinkedHashSet<Long>();
        var found = new ArrayList<Candidate>();
        for (var row : due) {
            var roomFor = row.active ? left.computeIfAbsent(row.subscription(), room::applyAsInt) : 0;
            if (roomFor > 0 && row.candidate.ordered) {
                inOrder.add(row.subscription());
            } else if (roomFor > 0) {
                left.put(row.subscription(), roomFor - 1);
                found.add(row.candidate);
            }
        }
        inOrder.forEach(no -> found.addAll(ordered.head(no, now, settled, room.applyAsInt(no))));
        return found;
    }

    /** A share of each subscription with due rows, beginning after the subscription that was served last. */
    private List<Candidate> shares(Instant now, LongToIntFunction room, long settled, int most) {
        var waiting = new ArrayList<Waiting>();
        var last = served.get();
        var behind = waiting(last + 1, now);
        waiting.addAll(behind);
        if (behind.size() < MOST_SUBSCRIPTIONS && last > 0) {
            waiting(1, now).stream().filter(w -> w.subscription <= last).forEach(waiting::add);
        }
        var withRoom = waiting.stream()
                .filter(w -> w.due && room.applyAsInt(w.subscription) > 0)
                .toList();
        var found = new ArrayList<Candidate>();
        for (int i = 0; i < withRoom.size() && found.size() < most; i++) {
            var next = withRoom.get(i);
            var share = Math.ceilDiv(most - found.size(), withRoom.size() - i);
            found.addAll(
                    next.ordered
                            ? ordered.head(next.subscription, now, settled, room.applyAsInt(next.subscription))
                            : dueOf(next.subscription, now, Math.min(share, room.applyAsInt(next.subscription))));
            served.set(next.subscription);
        }
        if (withRoom.isEmpty() && !waiting.isEmpty()) {
            served.set(waiting.getLast().subscription);
        }
        return found;
    }

    /**
     * The subscriptions with open deliveries, from the given number on: one index lookup each, however many rows they have.
     */
    private List<Waiting> waiting(long from, Instant now) {
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
                .param("most", MOST_SUBSCRIPTIONS)
                .query((row, _) -> new Waiting(row.getLong(1), row.getBoolean(2), row.getBoolean(3)))
                .list();
    }

    private List<Candidate> dueOf(long subscription, Instant now, int most) {
        return jdbc.sql("""
                        select created_at, seq, subscription, attempts, used, fence, replay, throttled_since
                          from delivery
                         where line = :line
                           and due_at >= 0
                           and due_at <= :now
                         order by line, due_at
                         limit :most
                        """)
                .param("line", subscription)
                .param("now", Ids.micros(now))
                .param("most", most)
                .query((row, _) -> Candidate.of(row, false))
                .list();
    }
}
