package io.waypost.store.jdbc;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.platform.Part;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Lists of deliveries, newest first. There is no index by tenant, which every delivery would pay for; so a tenant's are
 * looked for among the newest of all, and where they are few there put together from its subscriptions, each of which has
 * its place in an index. What a page costs is bounded in rows and in time, whatever waits: it may end early, with a place to
 * go on from.
 *
 * <p>What is looked at are the rows alone; events, which may be large, and subscriptions are looked up for the page only.
 * No statement has a lower bound of time: with one, a PostgreSQL whose statistics are behind sorts all rows instead of
 * walking down the index.
 */
final class DeliveryLists {

    /** Rows that are looked at for a page, whether they fit or not. */
    private static final int LOOKED_AT = 5_000;

    /** No further statement is made for a page after this. */
    private static final Duration LONGEST_LOOK = Duration.ofMillis(50);

    /** Rows of all tenants that are looked at before the subscriptions of one are asked, and that many at a time. */
    private static final int AT_FIRST = 500;

    /** Of so many rows one at least is the tenant's, or its subscriptions are asked. */
    private static final int SPARSE = 5;

    /** Rows that are read for each of several subscriptions first; then twice as many each time. */
    private static final int AHEAD = 4;

    private static final int MOST_AHEAD = 64;

    private static final Instant NEVER = Ids.instant(Long.MAX_VALUE);

    private final JdbcClient jdbc;

    DeliveryLists(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A delivery without what is known of its event and its subscription. */
    private record Row(
            DeliveryKey key,
            String tenant,
            Status status,
            int attempts,
            @Nullable Instant nextAttemptAt,
            @Nullable Instant finishedAt,
            boolean replay) {

        static Row of(ResultSet row, int number) throws SQLException {
            return new Row(
                    DeliveryRows.key(row),
                    row.getString(4),
                    Status.valueOf(row.getString(5)),
                    row.getInt(6),
                    JdbcEventLog.instant(row, 7),
                    JdbcEventLog.instant(row, 8),
                    row.getBoolean(9));
        }

        boolean fits(DeliveryQuery query) {
            return (query.status() == null || query.status() == status)
                    && (query.tenant() == null || query.tenant().equals(tenant));
        }
    }

    /** What is of one subscription, or of all, from some place on. */
    private final class Strand {

        private final @Nullable Long subscription;
        private final Instant since;
        private final int most;
        private final Deque<Row> rows = new ArrayDeque<>();
        private int ahead;
        private DeliveryKey below;
        private boolean ended;

        /**
         * @param below only keys less than this
         * @param ahead rows that are read first; twice as many each time, {@code most} at the most
         */
        Strand(@Nullable Long subscription, DeliveryKey below, Instant since, int ahead, int most) {
            this.subscription = subscription;
            this.below = below;
            this.since = since;
            this.ahead = ahead;
            this.most = most;
        }

        /** The key of the next row; while it has not been read, one that is not below it. */
        DeliveryKey next() {
            return rows.isEmpty() ? below : rows.getFirst().key();
        }

        boolean isOver() {
            return ended && rows.isEmpty();
        }

        /** Whether the next row has to be read first, if there is one. */
        boolean mustRead() {
            return rows.isEmpty();
        }

        void read() {
            var read = subscription == null ? of(below, ahead) : of(subscription, below, ahead);
            ended = read.size() < ahead;
            for (var row : read) {
                if (row.key().createdAt().isBefore(since)) {
                    ended = true;
                    break;
                }
                rows.add(row);
            }
            if (!rows.isEmpty()) {
                below = rows.getLast().key();
            }
            ahead = Math.min(2 * ahead, most);
        }

        Row take() {
            return rows.remove();
        }
    }

    /** A page that is being put together, and what has been spent on it. */
    private final class Page {

        private final DeliveryQuery query;
        private final long begun = System.nanoTime();
        private final List<Row> found = new ArrayList<>();
        private int looked;
        private int ofTenant;
        private DeliveryKey reached;

        Page(DeliveryQuery query, DeliveryKey below) {
            this.query = query;
            this.reached = below;
        }

        /** Looks at the newest row of these. */
        void look(PriorityQueue<Strand> strands) {
            var strand = strands.remove();
            if (strand.mustRead()) {
                strand.read();
            } else {
                var row = strand.take();
                looked++;
                reached = row.key();
                if (query.tenant() == null || query.tenant().equals(row.tenant())) {
                    ofTenant++;
                }
                if (row.fits(query)) {
                    found.add(row);
                }
            }
            if (!strand.isOver()) {
                strands.add(strand);
            }
        }

        /** Something has been looked at in any case, so that whoever goes on gets somewhere. */
        boolean isOver(PriorityQueue<Strand> strands) {
            return found.size() == query.limit()
                    || looked == LOOKED_AT
                    || (looked > 0
                            && strands.element().mustRead()
                            && System.nanoTime() - begun > LONGEST_LOOK.toNanos());
        }

        /** Whether the rows of all tenants bring little of this one. */
        boolean isSparse(PriorityQueue<Strand> strands) {
            return looked >= AT_FIRST
                    && ofTenant < looked / SPARSE
                    && strands.element().mustRead();
        }

        Part<Delivery, DeliveryKey> part(boolean ended) {
            return new Part<>(complete(found), ended ? null : reached);
        }
    }

    Part<Delivery, DeliveryKey> list(DeliveryQuery query) {
        var below = below(query);
        var since = query.since() == null ? Instant.EPOCH : query.since();
        if (query.seq() != null) {
            return ofEvent(query, query.seq(), below, since);
        }
        var page = new Page(query, below);
        var strands = new PriorityQueue<>(Comparator.comparing(Strand::next).reversed());
        strands.add(new Strand(query.subscription(), below, since, AT_FIRST, AT_FIRST));
        // Whose subscriptions are asked if the newest of all bring little.
        var tenant = query.subscription() == null ? query.tenant() : null;
        while (!strands.isEmpty()) {
            if (page.isOver(strands)) {
                return page.part(false);
            }
            if (tenant != null && page.isSparse(strands)) {
                strands.clear();
                strands.addAll(ofTenant(tenant, page.reached, since));
                tenant = null;
            } else {
                page.look(strands);
            }
        }
        return page.part(true);
    }

    private static DeliveryKey below(DeliveryQuery query) {
        var before = query.before() == null ? new DeliveryKey(NEVER, 0, 0) : query.before();
        var until = query.until() == null ? before : new DeliveryKey(query.until(), 0, 0);
        return until.compareTo(before) < 0 ? until : before;
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
                        strands.add(new Strand(
                                row.getLong(1),
                                newest.compareTo(below) < 0 ? newest : below,
                                since,
                                AHEAD,
                                MOST_AHEAD));
                    }
                });
        return strands;
    }

    /**
     * Of one subscription: what is of the same moment first, of which a replay makes very many. (To begin below one, H2 goes
     * through all that are equal to it; so the others begin at the moment before.)
     */
    private List<Row> of(long subscription, DeliveryKey below, int most) {
        return jdbc.sql("""
                        select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, finished_at,
                               replay
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
                                    and created_at <= :earlier
                                  order by subscription desc, created_at desc, seq desc
                                  limit :most)) d
                         order by created_at desc, seq desc
                         limit :most
                        """)
                .param("subscription", subscription)
                .param("at", Ids.micros(below.createdAt()))
                .param("earlier", Ids.micros(below.createdAt()) - 1)
                .param(
                        "seq",
                        subscription < below.subscription() ? Math.max(below.seq(), below.seq() + 1) : below.seq())
                .param("most", most)
                .query(Row::of)
                .list();
    }

    /** Of all. */
    private List<Row> of(DeliveryKey below, int most) {
        return jdbc.sql("""
                        select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, finished_at,
                               replay
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
                                  where created_at <= :earlier
                                  order by created_at desc, seq desc, subscription desc
                                  limit :most)) d
                         order by created_at desc, seq desc, subscription desc
                         limit :most
                        """)
                .param("at", Ids.micros(below.createdAt()))
                .param("earlier", Ids.micros(below.createdAt()) - 1)
                .param("seq", below.seq())
                .param("subscription", below.subscription())
                .param("most", most)
                .query(Row::of)
                .list();
    }

    private record Named(Instant receivedAt, String type) {}

    /** With their events and subscriptions; without those whose event has gone with the retention. */
    private List<Delivery> complete(List<Row> rows) {
        if (rows.isEmpty()) {
            return List.of();
        }
        var events = new HashMap<Long, Named>();
        jdbc.sql("select seq, received_at, type from event where seq in (:seqs)")
                .param("seqs", rows.stream().map(row -> row.key().seq()).collect(Collectors.toSet()))
                .query(row -> {
                    events.put(row.getLong(1), new Named(Ids.instant(row.getLong(2)), row.getString(3)));
                });
        var subscriptions = new HashMap<Long, String>();
        jdbc.sql("select no, id from subscription where no in (:nos)")
                .param("nos", rows.stream().map(row -> row.key().subscription()).collect(Collectors.toSet()))
                .query(row -> {
                    subscriptions.put(row.getLong(1), row.getString(2));
                });
        var deliveries = new ArrayList<Delivery>();
        for (var row : rows) {
            var event = events.get(row.key().seq());
            var subscription = subscriptions.get(row.key().subscription());
            if (event != null && subscription != null) {
                deliveries.add(new Delivery(
                        row.key(),
                        Event.id(event.receivedAt(), row.key().seq()),
                        event.type(),
                        subscription,
                        row.tenant(),
                        row.status(),
                        row.attempts(),
                        row.nextAttemptAt(),
                        row.finishedAt(),
                        row.replay()));
            }
        }
        return deliveries;
    }

    /** Of one event: no more than its tenant has subscriptions, times its replays. */
    private Part<Delivery, DeliveryKey> ofEvent(DeliveryQuery query, long seq, DeliveryKey below, Instant since) {
        var found = jdbc.sql("""
                        select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, finished_at,
                               replay
                          from delivery
                         where seq = :seq
                           and (cast(:tenant as varchar) is null or tenant = :tenant)
                           and (cast(:subscription as bigint) is null or subscription = :subscription)
                           and (cast(:status as varchar) is null or status = :status)
                           and created_at >= :since
                           and created_at <= :at
                           and (created_at < :at
                                or seq < :belowSeq
                                or (seq = :belowSeq and subscription < :belowSubscription))
                         order by created_at desc, seq desc, subscription desc
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
                .query(Row::of)
                .list();
        return new Part<>(
                complete(found),
                found.size() < query.limit() ? null : found.getLast().key());
    }
}
