package io.waypost.store.jdbc;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import io.waypost.platform.Part;
import io.waypost.store.jdbc.DeliveryBlock.Entry;
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
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Lists of deliveries, newest first: of those in blocks, and of those that have rows. Rows have no index by tenant, because it
 * would make every write of one slower. A tenant's rows are looked for among the newest of all tenants; if few of these are
 * its own, the lists of its subscriptions, which have an index, are merged. The cost of a page is bounded in rows and in time:
 * a page may end early, with the key to continue from.
 *
 * <p>Only rows and blocks of deliveries are searched; their events, which may be large, and subscriptions are read for the final page
 * only. No statement has a lower bound of time: with one, a PostgreSQL with outdated statistics sorts all rows instead of
 * reading along the index.
 */
final class DeliveryLists {

    /** At most this many rows are read for a page, whether they match or not. */
    private static final int LOOKED_AT = 5_000;

    /** After this time no further statement is executed for a page. */
    private static final Duration LONGEST_LOOK = Duration.ofMillis(50);

    /** So many rows of all tenants are read at a time, and before {@link #SPARSE} is considered. */
    private static final int AT_FIRST = 500;

    /** If less than one row in so many belongs to the tenant, the lists of its subscriptions are read instead. */
    private static final int SPARSE = 5;

    /** So many rows of each subscription are read first, then twice as many each time, up to {@link #MOST_AHEAD}. */
    private static final int AHEAD = 4;

    private static final int MOST_AHEAD = 64;

    private static final Instant NEVER = Ids.instant(Long.MAX_VALUE);

    private final JdbcClient jdbc;
    private final EventLog events;
    private final DeliveryBlocks blocks;

    DeliveryLists(JdbcClient jdbc, EventLog events, DeliveryBlocks blocks) {
        this.jdbc = jdbc;
        this.events = events;
        this.blocks = blocks;
    }

    /** A delivery without the data of its event and its subscription. */
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
                    null,
                    row.getBoolean(8));
        }

        static Row ofBlock(Entry entry) {
            return new Row(
                    entry.key(),
                    entry.tenant(),
                    entry.status(),
                    entry.attempts(),
                    null,
                    entry.finishedAt(),
                    entry.replay());
        }

        boolean fits(DeliveryQuery query) {
            return (query.status() == null || query.status() == status)
                    && (query.tenant() == null || query.tenant().equals(tenant));
        }
    }

    /** Reads the deliveries of one subscription, or of all, from a key on, newest first. */
    private interface Cursor {

        /** Of two with the same next key that with rows comes first: a delivery that is in a block, too, is left out there. */
        Comparator<Cursor> NEWEST_FIRST = Comparator.comparing(Cursor::next)
                .reversed()
                .thenComparing(cursor -> cursor instanceof RowCursor ? 0 : 1);

        /** The key of the next row; before it has been read, an upper bound of it. */
        DeliveryKey next();

        boolean isOver();

        /** Whether the next row, if there is one, has not been read yet. */
        boolean mustRead();

        void read();

        Row take();

        /** Whether the lists of a tenant's subscriptions are to be read instead. */
        default boolean isSparse() {
            return false;
        }
    }

    /** Of deliveries that have ended, in blocks. */
    private record BlockCursor(DeliveryBlocks.Newest newest) implements Cursor {

        @Override
        public DeliveryKey next() {
            return newest.next();
        }

        @Override
        public boolean isOver() {
            return newest.isOver();
        }

        @Override
        public boolean mustRead() {
            return newest.mustRead();
        }

        @Override
        public void read() {
            newest.read();
        }

        @Override
        public Row take() {
            return Row.ofBlock(newest.take());
        }
    }

    /** Of deliveries that have a row each. */
    private final class RowCursor implements Cursor {

        private final @Nullable Long subscription;
        private final @Nullable String tenant;
        private final Instant since;
        private final int most;
        private final Deque<Row> rows = new ArrayDeque<>();
        private int taken;
        private int ofTenant;
        private int ahead;
        private DeliveryKey below;
        private boolean ended;

        /**
         * @param subscription null: all
         * @param tenant the tenant whose deliveries are looked for among all; null if none is
         * @param below only keys less than this
         * @param since only deliveries made at or after this time
         * @param ahead so many rows are read first, then twice as many each time, up to {@code most}
         */
        RowCursor(
                @Nullable Long subscription,
                @Nullable String tenant,
                DeliveryKey below,
                Instant since,
                int ahead,
                int most) {
            this.subscription = subscription;
            this.tenant = tenant;
            this.below = below;
            this.since = since;
            this.ahead = ahead;
            this.most = most;
        }

        @Override
        public DeliveryKey next() {
            return rows.isEmpty() ? below : rows.getFirst().key();
        }

        @Override
        public boolean isOver() {
            return ended && rows.isEmpty();
        }

        @Override
        public boolean mustRead() {
            return rows.isEmpty();
        }

        @Override
        public void read() {
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

        @Override
        public Row take() {
            var row = rows.remove();
            taken++;
            if (row.tenant().equals(tenant)) {
                ofTenant++;
            }
            return row;
        }

        /** Whether it has read rows of all tenants, and few of them belong to the one that is looked for. */
        @Override
        public boolean isSparse() {
            return tenant != null && mustRead() && taken >= AT_FIRST && ofTenant < taken / SPARSE;
        }
    }

    /** A page under construction, and its cost so far. */
    private final class Page {

        private final DeliveryQuery query;
        private final long begun = System.nanoTime();
        private final List<Row> found = new ArrayList<>();
        private int looked;
        private DeliveryKey reached;

        Page(DeliveryQuery query, DeliveryKey below) {
            this.query = query;
            this.reached = below;
        }

        /** Takes the newest row of the cursors, or reads it first. */
        void look(PriorityQueue<Cursor> cursors) {
            var cursor = cursors.remove();
            if (cursor.mustRead()) {
                cursor.read();
            } else {
                var row = cursor.take();
                if (!row.key().equals(reached)) {
                    take(row);
                }
            }
            if (!cursor.isOver()) {
                cursors.add(cursor);
            }
        }

        private void take(Row row) {
            looked++;
            reached = row.key();
            if (row.fits(query)) {
                found.add(row);
            }
        }

        /** Whether the page ends here. At least one row has been read then, so that the next page makes progress. */
        boolean isOver(PriorityQueue<Cursor> cursors) {
            return found.size() == query.limit()
                    || looked == LOOKED_AT
                    || (looked > 0
                            && cursors.element().mustRead()
                            && System.nanoTime() - begun > LONGEST_LOOK.toNanos());
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
        var cursors = new PriorityQueue<>(Cursor.NEWEST_FIRST);
        var tenant = query.subscription() == null ? query.tenant() : null;
        cursors.add(new RowCursor(query.subscription(), tenant, below, since, AT_FIRST, AT_FIRST));
        cursors.add(new BlockCursor(blocks.new Newest(owner(query), below, since)));
        while (!cursors.isEmpty()) {
            if (page.isOver(cursors)) {
                return page.part(false);
            }
            if (tenant != null && cursors.element().isSparse()) {
                cursors.remove();
                cursors.addAll(ofTenant(tenant, page.reached, since));
            } else {
                page.look(cursors);
            }
        }
        return page.part(true);
    }

    private static DeliveryBlocks.@Nullable Owner owner(DeliveryQuery query) {
        if (query.subscription() != null) {
            return new DeliveryBlocks.OfSubscription(query.subscription());
        }
        return query.tenant() == null ? null : new DeliveryBlocks.OfTenant(query.tenant());
    }

    private static DeliveryKey below(DeliveryQuery query) {
        var before = query.before() == null ? new DeliveryKey(NEVER, 0, 0) : query.before();
        var until = query.until() == null ? before : new DeliveryKey(query.until(), 0, 0);
        return until.compareTo(before) < 0 ? until : before;
    }

    /** Cursors for those of the tenant's subscriptions, including deleted ones, that have deliveries in the range. */
    private List<Cursor> ofTenant(String tenant, DeliveryKey below, Instant since) {
        var cursors = new ArrayList<Cursor>();
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
                        cursors.add(new RowCursor(
                                row.getLong(1),
                                null,
                                newest.compareTo(below) < 0 ? newest : below,
                                since,
                                AHEAD,
                                MOST_AHEAD));
                    }
                });
        return cursors;
    }

    /**
     * Deliveries of one subscription. Those with the same time as {@code below} are a query of their own: a replay makes
     * very many of them, and with a condition that includes equal times H2 would go through all of them.
     */
    private List<Row> of(long subscription, DeliveryKey below, int most) {
        return jdbc.sql("""
                        select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
                          from ((select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
                                   from delivery
                                  where subscription = :subscription
                                    and created_at = :at
                                    and seq < :seq
                                  order by subscription desc, created_at desc, seq desc
                                  limit :most)
                                union all
                                (select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
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

    /** Deliveries of all subscriptions. */
    private List<Row> of(DeliveryKey below, int most) {
        return jdbc.sql("""
                        select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
                          from ((select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
                                   from delivery
                                  where created_at = :at
                                    and seq = :seq
                                    and subscription < :subscription
                                  order by created_at desc, seq desc, subscription desc
                                  limit :most)
                                union all
                                (select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
                                   from delivery
                                  where created_at = :at
                                    and seq < :seq
                                  order by created_at desc, seq desc, subscription desc
                                  limit :most)
                                union all
                                (select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
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

    /** Adds the data of events and subscriptions; rows whose event has been deleted by the retention are left out. */
    private List<Delivery> complete(List<Row> rows) {
        if (rows.isEmpty()) {
            return List.of();
        }
        var heads = events.heads(rows.stream().map(row -> row.key().seq()).collect(Collectors.toSet()));
        var subscriptions = new HashMap<Long, String>();
        jdbc.sql("select no, id from subscription where no in (:nos)")
                .param("nos", rows.stream().map(row -> row.key().subscription()).collect(Collectors.toSet()))
                .query(row -> {
                    subscriptions.put(row.getLong(1), row.getString(2));
                });
        var deliveries = new ArrayList<Delivery>();
        for (var row : rows) {
            var event = heads.get(row.key().seq());
            var subscription = subscriptions.get(row.key().subscription());
            if (event != null && subscription != null) {
                deliveries.add(new Delivery(
                        row.key(),
                        event.id(),
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

    /** Deliveries of one event: at most one for each subscription of its tenant and each replay. */
    private Part<Delivery, DeliveryKey> ofEvent(DeliveryQuery query, long seq, DeliveryKey below, Instant since) {
        var found = jdbc.sql("""
                        select created_at, seq, subscription, tenant, status, attempts, next_attempt_at, replay
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
        var page = newestFirst(found, inBlocks(query, seq, below, since)).stream()
                .limit(query.limit())
                .toList();
        return new Part<>(
                complete(page),
                page.size() < query.limit() ? null : page.getLast().key());
    }

    private List<Row> inBlocks(DeliveryQuery query, long seq, DeliveryKey below, Instant since) {
        var event = events.heads(Set.of(seq)).get(seq);
        return event == null
                ? List.of()
                : blocks.ofEvent(seq, event.receivedAt()).stream()
                        .map(Row::ofBlock)
                        .filter(row -> row.fits(query)
                                && (query.subscription() == null
                                        || query.subscription() == row.key().subscription())
                                && !row.key().createdAt().isBefore(since)
                                && row.key().compareTo(below) < 0)
                        .toList();
    }

    /** Both, newest first; of those that are in both the first. */
    private static List<Row> newestFirst(List<Row> rows, List<Row> others) {
        var sorted = new TreeMap<DeliveryKey, Row>(Comparator.reverseOrder());
        rows.forEach(row -> sorted.put(row.key(), row));
        others.forEach(row -> sorted.putIfAbsent(row.key(), row));
        return List.copyOf(sorted.values());
    }
}
