package io.waypost.store.jdbc;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.platform.Ids;
import io.waypost.platform.Part;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Lists of deliveries, newest first. There is no index by tenant, which every delivery would pay for; so what is a tenant's is
 * put together from its subscriptions, each of which has its place in an index. For a page no more than some thousand rows
 * are looked at.
 */
final class DeliveryLists {

    /** Rows that are looked at for a page, whether they fit or not. */
    private static final int LOOKED_AT = 5_000;

    /** Rows that are read ahead for each of several subscriptions. */
    private static final int AHEAD = 25;

    private static final Instant NEVER = Ids.instant(Long.MAX_VALUE);

    private final JdbcClient jdbc;

    DeliveryLists(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param delivery null if its event has gone with the retention */
    private record Row(DeliveryKey key, @Nullable Delivery delivery) {

        static Row of(ResultSet row) throws SQLException {
            var gone = row.getString(5) == null || row.getString(6) == null;
            return new Row(DeliveryRows.key(row), gone ? null : DeliveryRows.delivery(row));
        }
    }

    /** What is of one subscription, or of all, from some place on. */
    private final class Strand {

        private final @Nullable Long subscription;
        private final Instant since;
        private final int ahead;
        private final Deque<Row> rows = new ArrayDeque<>();
        private DeliveryKey below;
        private boolean ended;

        /** @param below only keys less than this */
        Strand(@Nullable Long subscription, DeliveryKey below, Instant since, int ahead) {
            this.subscription = subscription;
            this.below = below;
            this.since = since;
            this.ahead = ahead;
        }

        /** The key of the next row; while it has not been read, one that is not below it. */
        DeliveryKey next() {
            return rows.isEmpty() ? below : rows.getFirst().key();
        }

        boolean isOver() {
            return ended && rows.isEmpty();
        }

        /** The next row; null if some had to be read first, or there are none. */
        @Nullable
        Row poll() {
            if (!rows.isEmpty()) {
                return rows.poll();
            }
            rows.addAll(subscription == null ? of(below, since, ahead) : of(subscription, below, since, ahead));
            ended = rows.size() < ahead;
            if (!rows.isEmpty()) {
                below = rows.getLast().key();
            }
            return null;
        }
    }

    Part<Delivery, DeliveryKey> list(DeliveryQuery query) {
        var below = below(query);
        var since = query.since() == null ? Instant.EPOCH : query.since();
        if (query.seq() != null) {
            return ofEvent(query, query.seq(), below, since);
        }
        var strands = new PriorityQueue<>(Comparator.comparing(Strand::next).reversed());
        if (query.subscription() != null || query.tenant() == null) {
            strands.add(new Strand(query.subscription(), below, since, query.limit()));
        } else {
            strands.addAll(ofTenant(query.tenant(), below, since));
        }
        var found = new ArrayList<Delivery>();
        for (int looked = 0; !strands.isEmpty(); ) {
            var strand = strands.remove();
            var row = strand.poll();
            if (!strand.isOver()) {
                strands.add(strand);
            }
            if (row == null) {
                continue;
            }
            looked++;
            if (row.delivery() != null && fits(row.delivery(), query)) {
                found.add(row.delivery());
            }
            if (found.size() == query.limit() || looked == LOOKED_AT) {
                return new Part<>(found, row.key());
            }
        }
        return new Part<>(found, null);
    }

    private static DeliveryKey below(DeliveryQuery query) {
        var before = query.before() == null ? new DeliveryKey(NEVER, 0, 0) : query.before();
        var until = query.until() == null ? before : new DeliveryKey(query.until(), 0, 0);
        return until.compareTo(before) < 0 ? until : before;
    }

    private static boolean fits(Delivery delivery, DeliveryQuery query) {
        return (query.status() == null || query.status() == delivery.status())
                && (query.tenant() == null || query.tenant().equals(delivery.tenant()));
    }

    /** Those of the tenant's subscriptions, deleted ones too, that have anything there. */
    private List<Strand> ofTenant(String tenant, DeliveryKey below, Instant since) {
        var strands = new ArrayList<Strand>();
        jdbc.sql("""
                        select s.no, (select d.created_at
                                        from delivery d
                                       where d.subscription = s.no
                                         and d.created_at <= :at
                                       order by d.subscription desc, d.created_at desc
                                       limit 1)
                          from subscription s
                         where s.tenant = :tenant
                        """)
                .param("tenant", tenant)
                .param("at", Ids.micros(below.createdAt()))
                .query(row -> {
                    var latest = JdbcEventLog.instant(row, 2);
                    if (latest != null && !latest.isBefore(since)) {
                        var newest = new DeliveryKey(latest, Long.MAX_VALUE, Long.MAX_VALUE);
                        strands.add(
                                new Strand(row.getLong(1), newest.compareTo(below) < 0 ? newest : below, since, AHEAD));
                    }
                });
        return strands;
    }

    /**
     * Of one subscription: what is of the same moment first, of which a replay makes very many. (To begin below one, H2 goes
     * through all that are equal to it; so the others begin at the moment before.)
     */
    private List<Row> of(long subscription, DeliveryKey below, Instant since, int most) {
        if (below.createdAt().isBefore(since)) {
            return List.of();
        }
        return jdbc.sql("""
                        select d.created_at, d.seq, d.subscription, e.received_at, e.type, s.id, d.tenant, d.status,
                               d.attempts, d.next_attempt_at, d.finished_at, d.replay
                          from ((select created_at, seq, subscription, tenant, status, attempts, next_attempt_at,
                                        finished_at, replay
                                   from delivery
                                  where subscription = :subscription
                                    and created_at = :at
                                    and seq < :seq
                                  order by subscription desc, created_at desc, seq desc
                                  limit :most)
                                union all
                                (select created_at, seq, subscription, tenant, status, attempts, next_attempt_at,
                                        finished_at, replay
                                   from delivery
                                  where subscription = :subscription
                                    and created_at >= :since
                                    and created_at <= :earlier
                                  order by subscription desc, created_at desc, seq desc
                                  limit :most)) d
                          left join event e on e.seq = d.seq
                          left join subscription s on s.no = d.subscription
                         order by d.created_at desc, d.seq desc
                         limit :most
                        """)
                .param("subscription", subscription)
                .param("at", Ids.micros(below.createdAt()))
                .param("earlier", Ids.micros(below.createdAt()) - 1)
                .param(
                        "seq",
                        subscription < below.subscription() ? Math.max(below.seq(), below.seq() + 1) : below.seq())
                .param("since", Ids.micros(since))
                .param("most", most)
                .query((row, _) -> Row.of(row))
                .list();
    }

    /** Of all. */
    private List<Row> of(DeliveryKey below, Instant since, int most) {
        if (below.createdAt().isBefore(since)) {
            return List.of();
        }
        return jdbc.sql("""
                        select d.created_at, d.seq, d.subscription, e.received_at, e.type, s.id, d.tenant, d.status,
                               d.attempts, d.next_attempt_at, d.finished_at, d.replay
                          from ((select created_at, seq, subscription, tenant, status, attempts, next_attempt_at,
                                        finished_at, replay
                                   from delivery
                                  where created_at = :at
                                    and seq = :seq
                                    and subscription < :subscription
                                  order by created_at desc, seq desc, subscription desc
                                  limit :most)
                                union all
                                (select created_at, seq, subscription, tenant, status, attempts, next_attempt_at,
                                        finished_at, replay
                                   from delivery
                                  where created_at = :at
                                    and seq < :seq
                                  order by created_at desc, seq desc, subscription desc
                                  limit :most)
                                union all
                                (select created_at, seq, subscription, tenant, status, attempts, next_attempt_at,
                                        finished_at, replay
                                   from delivery
                                  where created_at >= :since
                                    and created_at <= :earlier
                                  order by created_at desc, seq desc, subscription desc
                                  limit :most)) d
                          left join event e on e.seq = d.seq
                          left join subscription s on s.no = d.subscription
                         order by d.created_at desc, d.seq desc, d.subscription desc
                         limit :most
                        """)
                .param("at", Ids.micros(below.createdAt()))
                .param("earlier", Ids.micros(below.createdAt()) - 1)
                .param("seq", below.seq())
                .param("subscription", below.subscription())
                .param("since", Ids.micros(since))
                .param("most", most)
                .query((row, _) -> Row.of(row))
                .list();
    }

    /** Of one event: no more than its tenant has subscriptions, times its replays. */
    private Part<Delivery, DeliveryKey> ofEvent(DeliveryQuery query, long seq, DeliveryKey below, Instant since) {
        var found = jdbc.sql("""
                        select d.created_at, d.seq, d.subscription, e.received_at, e.type, s.id, d.tenant, d.status,
                               d.attempts, d.next_attempt_at, d.finished_at, d.replay
                          from delivery d
                          join event e on e.seq = d.seq
                          join subscription s on s.no = d.subscription
                         where d.seq = :seq
                           and (cast(:tenant as varchar) is null or d.tenant = :tenant)
                           and (cast(:subscription as bigint) is null or d.subscription = :subscription)
                           and (cast(:status as varchar) is null or d.status = :status)
                           and d.created_at >= :since
                           and d.created_at <= :at
                           and (d.created_at < :at
                                or d.seq < :belowSeq
                                or (d.seq = :belowSeq and d.subscription < :belowSubscription))
                         order by d.created_at desc, d.seq desc, d.subscription desc
                         limit :limit
                        """)
                .param("tenant", query.tenant())
                .param("subscription", query.subscription())
                .param("seq", seq)
                .param("status", query.status() == null ? null : query.status().name())
                .param("since", Ids.micros(since))
                .param("at", Ids.micros(below.createdAt()))
                .param("belowSeq", below.seq())
                .param("belowSubscription", below.subscription())
                .param("limit", query.limit())
                .query((row, _) -> DeliveryRows.delivery(row))
                .list();
        return new Part<>(
                found, found.size() < query.limit() ? null : found.getLast().key());
    }
}
