package io.waypost.store.jdbc;

import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The leases of segments of the log. */
final class SegmentRows {

    private final JdbcClient jdbc;
    private final JdbcTemplate template;
    private final NodeId node;

    /** Reads the log; a page may end before {@code last}. */
    interface Pages {
        List<Event> read(long first, long last, int most);
    }

    SegmentRows(JdbcClient jdbc, JdbcTemplate template, NodeId node) {
        this.node = node;
        this.jdbc = jdbc;
        this.template = template;
    }

    /**
     * Leases the next segment that nobody has claimed, or one whose lease has ended; to be called in a transaction.
     *
     * @param most at most this many events
     * @return null if there is none
     */
    @Nullable
    LogSegment claim(Instant now, Instant until, int most, Pages pages) {
        var claimed = jdbc.sql("select claimed_seq from log_claim where id = 1 for update")
                .query(Long.class)
                .single();
        var abandoned = takeOver(Ids.micros(now), Ids.micros(until), pages);
        return abandoned != null ? abandoned : next(claimed, Ids.micros(until), most, pages);
    }

    /** To be asked after the events have been read: who matches them has to know each subscription that was there before them. */
    private long subscriptions() {
        return jdbc.sql("select last from subscription_revision")
                .query(Long.class)
                .single();
    }

    private @Nullable LogSegment takeOver(long now, long end, Pages pages) {
        record Row(long first, long last, int fence) {}
        var found = jdbc.sql("""
                        select first_seq, last_seq, fence
                          from log_segment
                         where lease_end <= :now
                         order by first_seq
                         limit 1
                        """)
                .param("now", now)
                .query((row, _) -> new Row(row.getLong(1), row.getLong(2), row.getInt(3) + 1))
                .optional();
        if (found.isEmpty()) {
            return null;
        }
        var row = found.get();
        jdbc.sql("update log_segment set fence = :fence, lease_end = :end, claimed_by = :node where first_seq = :first")
                .param("node", node.text())
                .param("fence", row.fence)
                .param("end", end)
                .param("first", row.first)
                .update();
        var events = whole(row.first, row.last, pages);
        return new LogSegment(row.first, row.last, row.fence, events, subscriptions(), true);
    }

    /** All events of the segment, whatever bounded its size when it was first claimed. */
    private static List<Event> whole(long first, long last, Pages pages) {
        var events = new ArrayList<Event>();
        for (var page = pages.read(first, last, Integer.MAX_VALUE);
                !page.isEmpty();
                page = pages.read(events.getLast().seq() + 1, last, Integer.MAX_VALUE)) {
            events.addAll(page);
        }
        return events;
    }

    private @Nullable LogSegment next(long claimed, long end, int most, Pages pages) {
        var events = pages.read(claimed + 1, Long.MAX_VALUE, most);
        if (events.isEmpty()) {
            return null;
        }
        var last = events.getLast().seq();
        jdbc.sql("update log_claim set claimed_seq = :last where id = 1")
                .param("last", last)
                .update();
        return insert(claimed + 1, events, subscriptions(), end);
    }

    private LogSegment insert(long first, List<Event> events, long subscriptions, long end) {
        var last = events.getLast().seq();
        jdbc.sql(
                        "insert into log_segment (first_seq, last_seq, fence, lease_end, claimed_by) values (:first, :last, 1, :end, :node)")
                .param("node", node.text())
                .param("first", first)
                .param("last", last)
                .param("end", end)
                .update();
        return new LogSegment(first, last, 1, events, subscriptions, false);
    }

    /**
     * Leases the events that have just been stored, in order, up to the given number of segments; none if earlier events
     * have not been claimed yet. To be called in the transaction that stores them.
     *
     * @param subscriptions their revision
     */
    List<LogSegment> take(List<Event> stored, Instant now, EventLog.Leases leases, long subscriptions) {
        var most = Math.min(stored.size(), leases.count() * leases.events());
        if (most == 0) {
            return List.of();
        }
        // Publishers do not wait for a node that claims: what is not taken is left in the log.
        var free = jdbc.sql("""
                                update log_claim
                                   set claimed_seq = :last
                                 where id in (select id from log_claim where id = 1 for update skip locked)
                                   and claimed_seq = :before
                                """)
                        .param("last", stored.get(most - 1).seq())
                        .param("before", stored.getFirst().seq() - 1)
                        .update()
                == 1;
        var taken = new ArrayList<LogSegment>();
        for (int from = 0; free && from < most; from += leases.events()) {
            var events = List.copyOf(stored.subList(from, Math.min(most, from + leases.events())));
            taken.add(insert(events.getFirst().seq(), events, subscriptions, Ids.micros(now.plus(leases.lease()))));
        }
        return taken;
    }

    /** To be called in a transaction. */
    boolean cut(LogSegment segment, long last) {
        var shortened = jdbc.sql("update log_segment set last_seq = :last where first_seq = :first and fence = :fence")
                        .param("last", last)
                        .param("first", segment.first())
                        .param("fence", segment.fence())
                        .update()
                == 1;
        if (shortened) {
            jdbc.sql("insert into log_segment (first_seq, last_seq, fence, lease_end) values (:first, :last, 1, 0)")
                    .param("first", last + 1)
                    .param("last", segment.last())
                    .update();
        }
        return shortened;
    }

    void finish(List<LogSegment.Key> segments) {
        if (!segments.isEmpty()) {
            template.batchUpdate(
                    "delete from log_segment where first_seq = ? and fence = ?",
                    segments,
                    segments.size(),
                    (statement, segment) -> {
                        statement.setLong(1, segment.first());
                        statement.setInt(2, segment.fence());
                    });
        }
    }

    void extend(List<LogSegment.Key> segments, Instant until) {
        for (var segment : segments) {
            jdbc.sql("update log_segment set lease_end = :until where first_seq = :first and fence = :fence")
                    .param("until", Ids.micros(until))
                    .param("first", segment.first())
                    .param("fence", segment.fence())
                    .update();
        }
    }

    /** Ends the lease if its end is still {@code until}. */
    void release(LogSegment.Key segment, Instant until) {
        jdbc.sql("""
                        update log_segment
                           set lease_end = 0
                         where first_seq = :first
                           and fence = :fence
                           and lease_end = :until
                        """)
                .param("first", segment.first())
                .param("fence", segment.fence())
                .param("until", Ids.micros(until))
                .update();
    }

    /** A range of the log that a node works on. */
    record Open(long first, long last) {

        boolean has(long seq) {
            return first <= seq && seq <= last;
        }
    }

    List<Open> open() {
        return jdbc.sql("select first_seq, last_seq from log_segment")
                .query((row, _) -> new Open(row.getLong(1), row.getLong(2)))
                .list();
    }

    /** Everything up to this sequence number, inclusive, has been claimed. */
    long claimed() {
        return jdbc.sql("select claimed_seq from log_claim where id = 1")
                .query(Long.class)
                .single();
    }

    long settled() {
        return jdbc.sql("""
                        select coalesce((select min(first_seq) - 1 from log_segment), claimed_seq)
                          from log_claim
                         where id = 1
                        """).query(Long.class).single();
    }
}
