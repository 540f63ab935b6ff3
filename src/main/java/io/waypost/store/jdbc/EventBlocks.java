package io.waypost.store.jdbc;

import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.EventBlock.Entry;
import io.waypost.store.jdbc.EventBlock.Stored;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The rows with blocks of events, and the places: which blocks have events of a tenant ({@link #ANY_TYPE}), and of each of
 * its types.
 */
final class EventBlocks {

    /** At most so many bytes of event data are read at once, unless the first event is larger. */
    static final int PAGE_BYTES = 4 * 1024 * 1024;

    /** As a place's type: of any type. */
    private static final String ANY_TYPE = "";

    /** So many blocks are read by the first statement for a page. */
    private static final int AT_FIRST = 8;

    /** So many blocks are looked for at once, by as many events that are in them. */
    private static final int LOOKED_FOR = 32;

    /** The number of the block that has the event, or else of the one before, or none. */
    private static final String CONTAINING =
            "(select first_seq from event_block where first_seq <= %s order by first_seq desc limit 1)";

    private static final String CONTAINING_SOME = IntStream.range(0, LOOKED_FOR)
            .mapToObj(_ -> CONTAINING.formatted("?"))
            .collect(Collectors.joining(" union "));

    private static final String HEADER = "b.first_seq, b.last_seq, b.received_at, b.header";
    private static final String BLOCK = HEADER + ", b.data";

    private final JdbcClient jdbc;
    private final JdbcTemplate template;

    EventBlocks(JdbcClient jdbc, JdbcTemplate template) {
        this.jdbc = jdbc;
        this.template = template;
    }

    private record Place(String tenant, String type, long block) {}

    /** Stores the entries, which are in the order of the log. To be called in a transaction. */
    void insert(List<Entry> entries) {
        var blocks = EventBlock.of(entries);
        template.batchUpdate(
                "insert into event_block (first_seq, last_seq, received_at, header, data) values (?, ?, ?, ?, ?)",
                blocks,
                blocks.size(),
                (statement, block) -> {
                    statement.setLong(1, block.firstSeq());
                    statement.setLong(2, block.lastSeq());
                    statement.setLong(3, Ids.micros(block.receivedAt()));
                    statement.setBytes(4, block.header());
                    statement.setBytes(5, block.data());
                });
        var places = new LinkedHashSet<Place>();
        var next = 0;
        for (var block : blocks) {
            for (; next < entries.size() && entries.get(next).event().seq() <= block.lastSeq(); next++) {
                addPlaces(entries.get(next).event(), block.firstSeq(), places);
            }
        }
        template.batchUpdate(
                "insert into event_place (tenant, type, block) values (?, ?, ?)",
                places,
                places.size(),
                EventBlocks::bind);
    }

    private static void addPlaces(Event event, long block, Set<Place> places) {
        places.add(new Place(event.tenant(), ANY_TYPE, block));
        places.add(new Place(event.tenant(), event.type(), block));
    }

    private static void bind(PreparedStatement statement, Place place) throws SQLException {
        statement.setString(1, place.tenant);
        statement.setString(2, place.type);
        statement.setLong(3, place.block);
    }

    /**
     * Events of a range, in order: at most {@code most}, and at most {@link #PAGE_BYTES} unless the first alone is larger.
     *
     * @param tenant null: all tenants
     */
    List<Event> read(@Nullable String tenant, long first, long last, int most) {
        var events = new ArrayList<Event>();
        var bytes = 0L;
        var from = first;
        var some = Math.min(most, AT_FIRST);
        while (true) {
            var blocks = blocks(tenant, from, last, some);
            for (var block : blocks) {
                for (var stored : block.stored()) {
                    var wanted = stored.seq() >= first
                            && stored.seq() <= last
                            && (tenant == null
                                    || tenant.equals(stored.withoutData().tenant()));
                    if (wanted && (events.size() == most || bytes >= PAGE_BYTES)) {
                        return events;
                    }
                    if (wanted) {
                        events.add(stored.event(block.data()));
                        bytes += stored.bytes();
                    }
                }
                from = block.lastSeq() + 1;
            }
            if (blocks.size() < some || events.size() == most || bytes >= PAGE_BYTES) {
                return events;
            }
            // As many as are about a page, by what the last ones had.
            var size = blocks.stream().mapToLong(block -> block.data().length).sum() / some + 1;
            some = (int) Math.clamp((PAGE_BYTES - bytes) / size, 1, most - events.size());
        }
    }

    /** The blocks with events of the range, in order. */
    private List<EventBlock> blocks(@Nullable String tenant, long first, long last, int most) {
        var sql = tenant == null ? """
                        select %s
                          from event_block b
                         where b.first_seq >= coalesce(%s, :first)
                           and b.first_seq <= :last
                           and b.last_seq >= :first
                         order by b.first_seq
                         limit :most
                        """ : """
                        select %s
                          from event_place p
                          join event_block b on b.first_seq = p.block
                         where p.tenant = :tenant
                           and p.type = ''
                           and p.block >= coalesce(%s, :first)
                           and p.block <= :last
                           and b.last_seq >= :first
                         order by p.tenant, p.type, p.block
                         limit :most
                        """;
        return jdbc.sql(sql.formatted(BLOCK, CONTAINING.formatted(":first")))
                .param("tenant", tenant)
                .param("first", first)
                .param("last", last)
                .param("most", most)
                .query(EventBlocks::block)
                .list();
    }

    private static EventBlock block(ResultSet row, int number) throws SQLException {
        return new EventBlock(
                row.getLong(1), row.getLong(2), Ids.instant(row.getLong(3)), row.getBytes(4), row.getBytes(5));
    }

    /** The block without its data. */
    private static EventBlock header(ResultSet row, int number) throws SQLException {
        return new EventBlock(
                row.getLong(1), row.getLong(2), Ids.instant(row.getLong(3)), row.getBytes(4), new byte[0]);
    }

    /** The events with these sequence numbers, in order; missing ones are left out. */
    List<Event> readAll(Set<Long> seqs) {
        var events = new ArrayList<Event>();
        eachWith(seqs, BLOCK, EventBlocks::block, (block, stored) -> events.add(stored.event(block.data())));
        events.sort(Comparator.comparingLong(Event::seq));
        return events;
    }

    /** The events of the range, without their data. */
    List<Stored> heads(long first, long last) {
        return jdbc
                .sql("""
                        select %s
                          from event_block b
                         where b.first_seq >= coalesce(%s, :first)
                           and b.first_seq <= :last
                           and b.last_seq >= :first
                        """.formatted(HEADER, CONTAINING.formatted(":first")))
                .param("first", first)
                .param("last", last)
                .query(EventBlocks::header)
                .list()
                .stream()
                .flatMap(block -> block.stored().stream())
                .filter(stored -> stored.seq() >= first && stored.seq() <= last)
                .toList();
    }

    /** The same for these sequence numbers, in any order; missing ones are left out. */
    List<Stored> heads(Set<Long> seqs) {
        var heads = new ArrayList<Stored>();
        eachWith(seqs, HEADER, EventBlocks::header, (_, stored) -> heads.add(stored));
        return heads;
    }

    private void eachWith(
            Set<Long> seqs, String columns, RowMapper<EventBlock> mapper, BiConsumer<EventBlock, Stored> consumer) {
        var left = new TreeSet<>(seqs);
        while (!left.isEmpty()) {
            // If they are close to each other, some of them are in all of their blocks.
            var step = Math.ceilDiv(left.size(), LOOKED_FOR);
            var some = List.copyOf(left);
            var looked = IntStream.iterate(0, i -> i < some.size(), i -> i + step)
                    .mapToObj(some::get)
                    .toList();
            for (var block : containing(looked, columns, mapper)) {
                for (var stored : block.stored()) {
                    if (left.remove(stored.seq())) {
                        consumer.accept(block, stored);
                    }
                }
            }
            // Those that have not been found are not there.
            looked.forEach(left::remove);
        }
    }

    private List<EventBlock> containing(List<Long> seqs, String columns, RowMapper<EventBlock> mapper) {
        // Two texts in all, which the database has to read once.
        var places = seqs.size() == 1 ? 1 : LOOKED_FOR;
        return template.query(
                "select %s from event_block b where b.first_seq in (%s)"
                        .formatted(columns, places == 1 ? CONTAINING.formatted("?") : CONTAINING_SOME),
                statement -> {
                    for (int i = 0; i < places; i++) {
                        statement.setLong(i + 1, seqs.get(Math.min(i, seqs.size() - 1)));
                    }
                },
                mapper);
    }

    /**
     * Blocks with events below the given sequence number, newest first, without their data.
     *
     * @param tenant null: all tenants, of which no type can be looked for
     * @param type null: all types
     */
    List<EventBlock> newest(@Nullable String tenant, @Nullable String type, long before, int most) {
        var sql = tenant == null ? """
                        select %s
                          from event_block b
                         where b.first_seq < :before
                         order by b.first_seq desc
                         limit :most
                        """ : """
                        select %s
                          from (select block
                                  from event_place
                                 where tenant = :tenant
                                   and type = :type
                                   and block < :before
                                 order by tenant desc, type desc, block desc
                                 limit :most) p
                          join event_block b on b.first_seq = p.block
                         order by b.first_seq desc
                        """;
        return jdbc.sql(sql.formatted(HEADER))
                .param("tenant", tenant)
                .param("type", type == null ? ANY_TYPE : type)
                .param("before", before)
                .param("most", most)
                .query(EventBlocks::header)
                .list();
    }

    /**
     * The number of the first block that was received at or after the given time; {@link Long#MAX_VALUE} if none was. A binary
     * search, because times never go back along the log; so no index by time is needed.
     */
    long firstSince(Instant at) {
        var end = jdbc.sql("select first_seq from event_block order by first_seq desc limit 1")
                .query(Long.class)
                .optional()
                .orElse(0L);
        var low = 0L;
        var high = end + 1;
        while (low < high) {
            var middle = low + (high - low) / 2;
            if (next(middle).receivedAt.isBefore(at)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return next(low).first;
    }

    /** In microseconds: no event of a range was received before or after; {@link Long#MAX_VALUE} if that is not known. */
    record Times(long from, long to) {}

    /** When the events of the range were received; empty if there is none. */
    Optional<Times> times(long first, long last) {
        var begin = jdbc.sql("""
                        select received_at
                          from event_block
                         where first_seq >= coalesce(%s, :first)
                           and first_seq <= :last
                           and last_seq >= :first
                         order by first_seq
                         limit 1
                        """.formatted(CONTAINING.formatted(":first")))
                .param("first", first)
                .param("last", last)
                .query(Long.class)
                .optional();
        return begin.map(from -> {
            var behind = last == Long.MAX_VALUE ? Start.NONE : next(last + 1);
            return new Times(from, behind.equals(Start.NONE) ? Long.MAX_VALUE : Ids.micros(behind.receivedAt));
        });
    }

    private record Start(long first, Instant receivedAt) {

        static final Start NONE = new Start(Long.MAX_VALUE, Instant.MAX);
    }

    private Start next(long from) {
        return jdbc.sql(
                        "select first_seq, received_at from event_block where first_seq >= :from order by first_seq limit 1")
                .param("from", from)
                .query((row, _) -> new Start(row.getLong(1), Ids.instant(row.getLong(2))))
                .optional()
                .orElse(Start.NONE);
    }

    /** Locks blocks that have events of the range, from the first on, until the transaction ends; without their data. */
    List<EventBlock> lock(long from, long before, int most) {
        return jdbc.sql("""
                        select %s
                          from event_block b
                         where b.first_seq >= coalesce(%s, :first)
                           and b.first_seq < :before
                           and b.last_seq >= :first
                         order by b.first_seq
                         limit :most
                           for update
                        """.formatted(HEADER, CONTAINING.formatted(":first")))
                .param("first", from)
                .param("before", before)
                .param("most", most)
                .query(EventBlocks::header)
                .list();
    }

    /** Deletes blocks that have been locked, with their places. */
    void delete(List<EventBlock> blocks) {
        template.batchUpdate(
                "delete from event_block where first_seq = ?",
                blocks,
                Math.max(1, blocks.size()),
                (statement, block) -> statement.setLong(1, block.firstSeq()));
        deletePlaces(blocks.stream()
                .flatMap(block -> places(block.stored(), block).stream())
                .toList());
    }

    /** Writes a block that has been locked anew, with these of its events only. */
    void keep(EventBlock block, List<Stored> kept) {
        var whole = jdbc.sql("select %s from event_block b where b.first_seq = :first".formatted(BLOCK))
                .param("first", block.firstSeq())
                .query(EventBlocks::block)
                .single();
        var left = whole.with(kept);
        jdbc.sql("update event_block set last_seq = :last, header = :header, data = :data where first_seq = :first")
                .param("last", left.lastSeq())
                .param("header", left.header())
                .param("data", left.data())
                .param("first", left.firstSeq())
                .update();
        var gone = places(block.stored(), block);
        gone.removeAll(places(kept, block));
        deletePlaces(gone);
    }

    private static Set<Place> places(List<Stored> events, EventBlock block) {
        var places = new LinkedHashSet<Place>();
        events.forEach(stored -> addPlaces(stored.withoutData(), block.firstSeq(), places));
        return places;
    }

    private void deletePlaces(Collection<Place> places) {
        template.batchUpdate(
                "delete from event_place where tenant = ? and type = ? and block = ?",
                places,
                Math.max(1, places.size()),
                EventBlocks::bind);
    }
}
