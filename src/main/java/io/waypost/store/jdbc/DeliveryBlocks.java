package io.waypost.store.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.platform.Caches;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.DeliveryBlock.Entry;
import io.waypost.store.jdbc.EventBlocks.Times;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementSetter;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The rows with blocks of deliveries that have ended, and the places: in which spans of time there are deliveries to a
 * subscription, or of a tenant.
 *
 * <p>A block's number follows the time at which its newest delivery was made, and the others were made within
 * {@link DeliveryBlock#SPAN} before it. So a delivery is found by that time, and a list is read along the numbers. If the outcome
 * of a commit is unknown and it is made again, a delivery may be in two blocks; then both say the same, and who reads leaves one
 * out.
 */
final class DeliveryBlocks {

    /** A block's number is that of its newest delivery's microsecond times this, and at random so much more. */
    private static final long NUMBERS_A_MICRO = 1_024;

    private static final long SPREAD = 1L << 28;

    /** No number is higher. */
    private static final long LAST_MICRO = Long.MAX_VALUE / NUMBERS_A_MICRO - SPREAD;

    /** The blocks of deliveries that were made at a time have numbers of at most so many microseconds later. */
    private static final long LATER = DeliveryBlock.SPAN.toNanos() / 1_000 + SPREAD / NUMBERS_A_MICRO;

    /** A span of a place is of 2 to the power of this microseconds, some four seconds. */
    private static final int SPAN_BITS = 22;

    /** Deliveries that took longer are so few that their place is written each time. */
    private static final Duration SOON = Duration.ofMinutes(10);

    /** So many blocks, or spans, are looked for by a statement for a list. */
    private static final int AT_ONCE = 64;

    /** So many blocks are read by a statement. */
    private static final int READ_AT_ONCE = 8;

    private static final String BLOCK = "id, first_at, last_at, first_seq, last_seq, subscriptions, tenants";

    private static final DeliveryKey LOWEST = new DeliveryKey(Instant.EPOCH, Long.MIN_VALUE, Long.MIN_VALUE);

    private final JdbcClient jdbc;
    private final JdbcTemplate template;
    private final RandomGenerator random = RandomGenerator.getDefault();

    /** The places that this process has written last, so that it does not write them again. */
    private final Cache<Place, Boolean> placed = Caches.ofMebibytes(8, (_, _) -> 100);

    DeliveryBlocks(JdbcClient jdbc, JdbcTemplate template) {
        this.jdbc = jdbc;
        this.template = template;
    }

    /** @param whose a subscription, or a tenant */
    private record Place(Owner whose, long span) {}

    /** Whose deliveries are looked for. */
    sealed interface Owner {

        /** The bit of a block that has deliveries of this owner, the same for ever. */
        long bit();

        boolean owns(Entry entry);
    }

    record OfSubscription(long no) implements Owner {

        @Override
        public long bit() {
            return 1L << (no & 63);
        }

        @Override
        public boolean owns(Entry entry) {
            return entry.key().subscription() == no;
        }
    }

    record OfTenant(String tenant) implements Owner {

        @Override
        public long bit() {
            return 1L << (tenant.hashCode() & 63);
        }

        @Override
        public boolean owns(Entry entry) {
            return entry.tenant().equals(tenant);
        }
    }

    /** The table and the column with the places of such owners. */
    private enum Places {
        OF_SUBSCRIPTION("delivery_place", "subscription"),
        OF_TENANT("delivery_tenant_place", "tenant");

        private final String table;
        private final String column;

        Places(String table, String column) {
            this.table = table;
            this.column = column;
        }

        static Places of(Owner owner) {
            return owner instanceof OfTenant ? OF_TENANT : OF_SUBSCRIPTION;
        }

        private static Object value(Owner owner) {
            return switch (owner) {
                case OfSubscription subscription -> subscription.no;
                case OfTenant tenant -> tenant.tenant;
            };
        }
    }

    /** Times of deliveries in microseconds, both included. */
    private record Range(long from, long to) {}

    /**
     * What is known of a block without reading its deliveries.
     *
     * @param first no key in it is lower
     * @param last no key in it is higher
     * @param subscriptions has the bits of all its subscriptions
     * @param tenants and of their tenants
     */
    private record Block(long id, DeliveryKey first, DeliveryKey last, long subscriptions, long tenants) {

        static Block of(long id, List<Entry> entries) {
            var first = entries.getFirst().key();
            var last = entries.getLast().key();
            var seqs = entries.stream().mapToLong(entry -> entry.key().seq()).summaryStatistics();
            return new Block(
                    id,
                    new DeliveryKey(first.createdAt(), seqs.getMin(), Long.MIN_VALUE),
                    new DeliveryKey(last.createdAt(), seqs.getMax(), Long.MAX_VALUE),
                    bits(entries, entry -> new OfSubscription(entry.key().subscription())),
                    bits(entries, entry -> new OfTenant(entry.tenant())));
        }

        private static long bits(List<Entry> entries, Function<Entry, Owner> owner) {
            return entries.stream().mapToLong(entry -> owner.apply(entry).bit()).reduce(0, (some, more) -> some | more);
        }

        static Block of(ResultSet row, int number) throws SQLException {
            return new Block(
                    row.getLong(1),
                    new DeliveryKey(Ids.instant(row.getLong(2)), row.getLong(4), Long.MIN_VALUE),
                    new DeliveryKey(Ids.instant(row.getLong(3)), row.getLong(5), Long.MAX_VALUE),
                    row.getLong(6),
                    row.getLong(7));
        }

        boolean mayHave(Owner owner) {
            return ((owner instanceof OfTenant ? tenants : subscriptions) & owner.bit()) != 0;
        }

        void bind(PreparedStatement statement) throws SQLException {
            statement.setLong(1, Ids.micros(first.createdAt()));
            statement.setLong(2, Ids.micros(last.createdAt()));
            statement.setLong(3, first.seq());
            statement.setLong(4, last.seq());
            statement.setLong(5, subscriptions);
            statement.setLong(6, tenants);
            statement.setLong(7, id);
        }
    }

    /** Stores the deliveries. To be called in a transaction. */
    void insert(List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        var blocks = new LinkedHashMap<Block, DeliveryBlock>();
        for (var some : DeliveryBlock.split(entries)) {
            blocks.put(Block.of(number(some), some), DeliveryBlock.of(some));
        }
        template.batchUpdate("""
                insert into delivery_block (first_at, last_at, first_seq, last_seq, subscriptions, tenants, id)
                values (?, ?, ?, ?, ?, ?, ?)
                """, blocks.keySet(), blocks.size(), (statement, block) -> block.bind(statement));
        template.batchUpdate(
                "insert into delivery_entries (block, header, bodies) values (?, ?, ?)",
                blocks.entrySet(),
                blocks.size(),
                (statement, block) -> {
                    statement.setLong(1, block.getKey().id);
                    statement.setBytes(2, block.getValue().header());
                    statement.setBytes(3, block.getValue().bodies());
                });
        insertPlaces(entries);
        insertReplays(entries);
    }

    private long number(List<Entry> entries) {
        return number(Ids.micros(entries.getLast().key().createdAt())) + random.nextLong(SPREAD);
    }

    /** The lowest number of a block whose newest delivery was made then. */
    private static long number(long micros) {
        return Math.min(micros, LAST_MICRO) * NUMBERS_A_MICRO;
    }

    private void insertPlaces(List<Entry> entries) {
        var places = new LinkedHashSet<Place>();
        for (var entry : entries) {
            var isLate = entry.finishedAt().isAfter(entry.key().createdAt().plus(SOON));
            places(entry)
                    .filter(place -> isLate || placed.getIfPresent(place) == null)
                    .forEach(places::add);
        }
        // At random, so that no two transactions write the same row, whatever becomes of them.
        var writer = random.nextLong();
        each(
                places,
                "insert into %1$s (%2$s, span, writer) values (?, ?, ?)",
                statement -> statement.setLong(3, writer));
        if (!places.isEmpty()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    places.forEach(place -> placed.put(place, true));
                }
            });
        }
    }

    private static Stream<Place> places(Entry entry) {
        var span = span(entry.key().createdAt());
        return Stream.of(
                new Place(new OfSubscription(entry.key().subscription()), span),
                new Place(new OfTenant(entry.tenant()), span));
    }

    /** Executes a statement with an owner and a span for each place. */
    private void each(Set<Place> places, String sql, PreparedStatementSetter more) {
        places.stream()
                .collect(Collectors.groupingBy(place -> Places.of(place.whose)))
                .forEach((kind, some) -> template.batchUpdate(
                        sql.formatted(kind.table, kind.column), some, some.size(), (statement, place) -> {
                            statement.setObject(1, Places.value(place.whose));
                            statement.setLong(2, place.span);
                            more.setValues(statement);
                        }));
    }

    private void insertReplays(List<Entry> entries) {
        var replays = entries.stream().filter(Entry::replay).toList();
        if (!replays.isEmpty()) {
            template.batchUpdate(
                    "insert into delivery_replay (seq, created_at, subscription) values (?, ?, ?)",
                    replays,
                    replays.size(),
                    DeliveryBlocks::bindReplay);
        }
    }

    private static void bindReplay(PreparedStatement statement, Entry entry) throws SQLException {
        statement.setLong(1, entry.key().seq());
        statement.setLong(2, Ids.micros(entry.key().createdAt()));
        statement.setLong(3, entry.key().subscription());
    }

    Optional<Entry> find(DeliveryKey key) {
        return withKeys(List.of(key), true).stream().findFirst();
    }

    /** Which of the deliveries are in blocks. */
    Set<DeliveryKey> among(Collection<DeliveryKey> keys) {
        return withKeys(keys, false).stream().map(Entry::key).collect(Collectors.toSet());
    }

    /** Those of the deliveries that are in blocks, in any order, each once. */
    private List<Entry> withKeys(Collection<DeliveryKey> keys, boolean bodies) {
        var found = new ArrayList<Entry>();
        keys.stream()
                .collect(Collectors.groupingBy(DeliveryKey::createdAt, TreeMap::new, Collectors.toSet()))
                .forEach((at, some) -> {
                    var seqs = some.stream().mapToLong(DeliveryKey::seq).summaryStatistics();
                    var micros = Ids.micros(at);
                    found.addAll(entries(
                            blocks(new Range(micros, micros), seqs.getMin(), seqs.getMax()).stream()
                                    .filter(block -> some.stream()
                                            .anyMatch(key -> block.mayHave(new OfSubscription(key.subscription()))))
                                    .toList(),
                            bodies,
                            entry -> some.contains(entry.key())));
                });
        return eachOnce(found);
    }

    private static List<Entry> eachOnce(List<Entry> entries) {
        var keys = new HashSet<DeliveryKey>();
        return entries.stream().filter(entry -> keys.add(entry.key())).toList();
    }

    /** The blocks that may have deliveries made in the range to events of the other range. */
    private List<Block> blocks(Range range, long firstSeq, long lastSeq) {
        return jdbc.sql("select %s from delivery_block where %s order by id".formatted(BLOCK, """
                        id >= :from
                   and id < :to
                   and first_at <= :last
                   and first_seq <= :lastSeq
                   and last_seq >= :firstSeq
                """))
                .param("from", number(range.from))
                .param("to", after(range))
                .param("last", range.to)
                .param("firstSeq", firstSeq)
                .param("lastSeq", lastSeq)
                .query(Block::of)
                .list();
    }

    /** Above the numbers of the blocks with deliveries of the range. */
    private static long after(Range range) {
        return number(Math.min(range.to, LAST_MICRO - LATER) + LATER);
    }

    private List<Entry> entries(List<Block> blocks, boolean bodies, Predicate<Entry> wanted) {
        var found = new ArrayList<Entry>();
        for (int i = 0; i < blocks.size(); i += READ_AT_ONCE) {
            var ids = blocks.subList(i, Math.min(i + READ_AT_ONCE, blocks.size())).stream()
                    .map(Block::id)
                    .toList();
            read(ids, bodies)
                    .forEach(block -> block.entries().stream().filter(wanted).forEach(found::add));
        }
        return found;
    }

    private List<DeliveryBlock> read(List<Long> ids, boolean bodies) {
        return jdbc.sql("select header%s from delivery_entries where block in (:ids)"
                        .formatted(bodies ? ", bodies" : ""))
                .param("ids", ids)
                .query((row, _) -> new DeliveryBlock(row.getBytes(1), bodies ? row.getBytes(2) : new byte[0]))
                .list();
    }

    /** Deliveries of events of the range, which were received in the given time, as the fan-out makes them; in any order. */
    List<Entry> ofEvents(long first, long last, Times received) {
        return eachOnce(entries(
                blocks(new Range(received.from(), received.to()), first, last),
                false,
                entry -> entry.key().seq() >= first && entry.key().seq() <= last));
    }

    /** All deliveries of an event, in any order. */
    List<Entry> ofEvent(long seq, Instant receivedAt) {
        var entries = new ArrayList<>(ofEvents(seq, seq, new Times(Ids.micros(receivedAt), Ids.micros(receivedAt))));
        var keys = entries.stream().map(Entry::key).collect(Collectors.toSet());
        var replayed = jdbc.sql("select created_at, seq, subscription from delivery_replay where seq = :seq")
                .param("seq", seq)
                .query((row, _) -> DeliveryRows.key(row))
                .list();
        entries.addAll(
                withKeys(replayed.stream().filter(key -> !keys.contains(key)).toList(), false));
        return entries;
    }

    /**
     * Deliveries to the subscription of events of the range, which were received in the given time; in any order.
     *
     * @param replays whether those that replays have made at another time are wanted, too
     */
    List<Entry> ofSubscription(long subscription, long first, long last, Times received, boolean replays) {
        var found = new ArrayList<Entry>();
        var owner = new OfSubscription(subscription);
        for (var range : places(owner, new Range(received.from(), received.to()))) {
            found.addAll(entries(
                    blocks(range, first, last).stream()
                            .filter(block -> block.mayHave(owner))
                            .toList(),
                    false,
                    entry -> owner.owns(entry)
                            && entry.key().seq() >= first
                            && entry.key().seq() <= last));
        }
        if (replays) {
            found.addAll(withKeys(
                    jdbc.sql("""
                                    select created_at, seq, subscription
                                      from delivery_replay
                                     where seq between :first and :last
                                       and subscription = :subscription
                                    """)
                            .param("first", first)
                            .param("last", last)
                            .param("subscription", subscription)
                            .query((row, _) -> DeliveryRows.key(row))
                            .list(),
                    false));
        }
        return eachOnce(found);
    }

    /** The times within the range in which there are deliveries of the owner, in order. */
    private List<Range> places(Owner owner, Range within) {
        return ranges(spans(owner, within.from >> SPAN_BITS, within.to >> SPAN_BITS, Integer.MAX_VALUE), within);
    }

    /** Spans in which there are deliveries of the owner: the last ones of those between the two, in order. */
    private SortedSet<Long> spans(Owner owner, long first, long last, int most) {
        var places = Places.of(owner);
        return new TreeSet<>(jdbc.sql("""
                        select span
                          from %1$s
                         where %2$s = :owner
                           and span between :first and :last
                         order by %2$s desc, span desc
                         limit :most
                        """.formatted(places.table, places.column))
                .param("owner", Places.value(owner))
                .param("first", first)
                .param("last", last)
                .param("most", most)
                .query(Long.class)
                .list());
    }

    /** Spans that follow each other are one range. */
    private static List<Range> ranges(Collection<Long> spans, Range within) {
        var ranges = new ArrayList<Range>();
        for (var span : spans) {
            var from = Math.max(within.from, span << SPAN_BITS);
            var to = Math.min(within.to, lastMicro(span));
            if (!ranges.isEmpty() && ranges.getLast().to == from - 1) {
                ranges.add(new Range(ranges.removeLast().from, to));
            } else {
                ranges.add(new Range(from, to));
            }
        }
        return ranges;
    }

    /** The number of the span with the time. */
    static long span(Instant at) {
        return Ids.micros(at) >> SPAN_BITS;
    }

    private static long lastMicro(long span) {
        return ((span + 1) << SPAN_BITS) - 1;
    }

    /**
     * Takes the delivery out of its blocks, which are written anew. To be called in a transaction.
     *
     * @return empty if it is in none
     */
    Optional<Entry> take(DeliveryKey key) {
        var micros = Ids.micros(key.createdAt());
        Entry taken = null;
        for (var block : blocks(new Range(micros, micros), key.seq(), key.seq())) {
            if (block.mayHave(new OfSubscription(key.subscription())) && has(block, key) && lock(block.id)) {
                var kept = new ArrayList<Entry>();
                for (var entry : read(List.of(block.id), true).getFirst().entries()) {
                    if (entry.key().equals(key)) {
                        taken = entry;
                    } else {
                        kept.add(entry);
                    }
                }
                keep(block.id, kept);
            }
        }
        if (taken != null && taken.replay()) {
            deleteReplays(List.of(taken));
        }
        return Optional.ofNullable(taken);
    }

    private boolean has(Block block, DeliveryKey key) {
        return !entries(List.of(block), false, entry -> entry.key().equals(key)).isEmpty();
    }

    /** @return whether the block is still there; nobody else changes it until the transaction ends */
    private boolean lock(long id) {
        return jdbc.sql("select id from delivery_block where id = :id for update")
                .param("id", id)
                .query(Long.class)
                .optional()
                .isPresent();
    }

    /** Writes a block that has been locked anew, with these deliveries only. */
    private void keep(long id, List<Entry> kept) {
        if (kept.isEmpty()) {
            jdbc.sql("delete from delivery_block where id = :id")
                    .param("id", id)
                    .update();
            jdbc.sql("delete from delivery_entries where block = :id")
                    .param("id", id)
                    .update();
            return;
        }
        var block = DeliveryBlock.of(kept);
        template.update("""
                update delivery_block
                   set first_at = ?, last_at = ?, first_seq = ?, last_seq = ?, subscriptions = ?, tenants = ?
                 where id = ?
                """, statement -> Block.of(id, kept).bind(statement));
        jdbc.sql("update delivery_entries set header = :header, bodies = :bodies where block = :id")
                .param("header", block.header())
                .param("bodies", block.bodies())
                .param("id", id)
                .update();
    }

    private void deleteReplays(List<Entry> entries) {
        if (!entries.isEmpty()) {
            template.batchUpdate(
                    "delete from delivery_replay where seq = ? and created_at = ? and subscription = ?",
                    entries,
                    entries.size(),
                    DeliveryBlocks::bindReplay);
        }
    }

    /**
     * The result of a step of the retention.
     *
     * @param gone what was deleted
     * @param next where the next step begins; null if there is none
     */
    record Swept(List<Entry> gone, @Nullable Instant next) {}

    /**
     * Looks at some of the blocks from the given time on whose deliveries were all made before another, and deletes those of
     * them whose events are gone. To be called in a transaction.
     *
     * @param present the events of some deliveries that are still there
     */
    Swept sweep(Instant from, Instant before, Function<List<DeliveryKey>, Set<Long>> present) {
        var blocks = jdbc.sql("""
                        select %s
                          from delivery_block
                         where id >= :from
                           and id < :to
                           and last_at < :before
                         order by id
                         limit :most
                           for update
                        """.formatted(BLOCK))
                .param("from", number(Ids.micros(from)))
                .param("to", number(Ids.micros(before)) + SPREAD)
                .param("before", Ids.micros(before))
                .param("most", AT_ONCE)
                .query(Block::of)
                .list();
        var gone = new ArrayList<Entry>();
        for (var block : blocks) {
            var entries = read(List.of(block.id), true).getFirst().entries();
            var left = present.apply(entries.stream().map(Entry::key).toList());
            var kept = entries.stream()
                    .filter(entry -> left.contains(entry.key().seq()))
                    .toList();
            if (kept.size() < entries.size()) {
                keep(block.id, kept);
                entries.stream()
                        .filter(entry -> !left.contains(entry.key().seq()))
                        .forEach(gone::add);
            }
        }
        deleteReplays(gone.stream().filter(Entry::replay).toList());
        deletePlaces(gone);
        return new Swept(gone, blocks.size() < AT_ONCE ? null : Ids.instant(blocks.getLast().id / NUMBERS_A_MICRO + 1));
    }

    /** Deletes the places of the deliveries in which none is left. */
    private void deletePlaces(List<Entry> gone) {
        var places = gone.stream().flatMap(DeliveryBlocks::places).collect(Collectors.toSet());
        for (var span : places.stream().map(Place::span).collect(Collectors.toSet())) {
            var range = new Range(span << SPAN_BITS, lastMicro(span));
            entries(blocks(range, Long.MIN_VALUE, Long.MAX_VALUE), false, _ -> true)
                    .forEach(entry -> places(entry).forEach(places::remove));
        }
        placed.invalidateAll(places);
        each(places, "delete from %1$s where %2$s = ? and span = ?", _ -> {});
    }

    /** Reads deliveries newest first. */
    final class Newest {

        private static final int AT_FIRST = 8;

        private final @Nullable Owner owner;
        private final DeliveryKey below;
        private final Range within;
        private final PriorityQueue<Entry> entries =
                new PriorityQueue<>(Comparator.comparing(Entry::key).reversed());
        private final PriorityQueue<Pending> blocks =
                new PriorityQueue<>(Comparator.comparing(Pending::last).reversed());
        /** In which blocks are looked for; the next one first. */
        private final Deque<Range> ranges = new ArrayDeque<>();

        /** Where the blocks of the first range that were not looked for yet end. */
        private long end;

        private int ahead = AT_FIRST;

        /** The next span to look for a place in; negative if there is none. */
        private long nextSpan;

        /** A block whose deliveries were not read yet. */
        private record Pending(Block block, Range range) {

            DeliveryKey last() {
                return block.last;
            }
        }

        /**
         * @param owner null: all
         * @param below only keys less than this
         * @param since only deliveries made at or after this time
         */
        Newest(@Nullable Owner owner, DeliveryKey below, Instant since) {
            this.owner = owner;
            this.below = below;
            this.within =
                    new Range(Math.max(0, Ids.micros(since)), Math.min(LAST_MICRO, Ids.micros(below.createdAt())));
            this.nextSpan = owner == null || within.to < within.from ? -1 : within.to >> SPAN_BITS;
            if (owner == null && within.to >= within.from) {
                begin(List.of(within));
            }
        }

        private void begin(List<Range> more) {
            ranges.addAll(more);
            end = ranges.isEmpty() ? 0 : after(ranges.getFirst());
        }

        /** The key of the next delivery; before it has been read, an upper bound of it. */
        DeliveryKey next() {
            var unread = new DeliveryKey(Ids.instant(Math.max(0, unread())), Long.MAX_VALUE, Long.MAX_VALUE);
            var pending = blocks.isEmpty() ? LOWEST : blocks.element().last();
            var entry = entries.isEmpty() ? LOWEST : entries.element().key();
            var bound = unread.compareTo(pending) > 0 ? unread : pending;
            return entry.compareTo(bound) > 0 ? entry : bound;
        }

        /** When the newest delivery may have been made whose block was not looked for yet, in microseconds; -1 if there is none. */
        private long unread() {
            if (!ranges.isEmpty()) {
                return Math.min(ranges.getFirst().to, end / NUMBERS_A_MICRO);
            }
            return nextSpan < 0 ? -1 : lastMicro(nextSpan);
        }

        boolean isOver() {
            return entries.isEmpty() && blocks.isEmpty() && unread() < 0;
        }

        /** Whether the next delivery, if there is one, has not been read yet. */
        boolean mustRead() {
            if (entries.isEmpty()) {
                return true;
            }
            var next = entries.element().key();
            return Ids.micros(next.createdAt()) <= unread()
                    || (!blocks.isEmpty() && next.compareTo(blocks.element().last()) <= 0);
        }

        void read() {
            if (blocks.isEmpty() || Ids.micros(blocks.element().last().createdAt()) <= unread()) {
                look();
            } else {
                var next = blocks.remove();
                entries.addAll(entries(List.of(next.block), false, entry -> isWanted(entry, next.range)));
            }
        }

        private List<Entry> entries(List<Block> some, boolean bodies, Predicate<Entry> wanted) {
            return DeliveryBlocks.this.entries(some, bodies, wanted);
        }

        private boolean isWanted(Entry entry, Range range) {
            var micros = Ids.micros(entry.key().createdAt());
            return micros >= range.from
                    && micros <= range.to
                    && entry.key().compareTo(below) < 0
                    && (owner == null || owner.owns(entry));
        }

        /** Looks for more blocks, or first for the times in which there are any. */
        private void look() {
            if (ranges.isEmpty()) {
                lookForPlaces(Objects.requireNonNull(owner));
                return;
            }
            var range = ranges.getFirst();
            var more = jdbc.sql("""
                            select %s
                              from delivery_block
                             where id < :end
                               and id >= :from
                             order by id desc
                             limit :most
                            """.formatted(BLOCK))
                    .param("end", end)
                    .param("from", number(range.from))
                    .param("most", ahead)
                    .query(Block::of)
                    .list();
            for (var block : more) {
                if ((owner == null || block.mayHave(owner)) && Ids.micros(block.first.createdAt()) <= range.to) {
                    blocks.add(new Pending(block, range));
                }
            }
            if (more.size() < ahead) {
                ranges.removeFirst();
                begin(List.of());
            } else {
                end = more.getLast().id;
            }
            ahead = Math.min(2 * ahead, AT_ONCE);
        }

        private void lookForPlaces(Owner whose) {
            var spans = spans(whose, within.from >> SPAN_BITS, nextSpan, AT_ONCE);
            nextSpan = spans.isEmpty() ? -1 : spans.first() - 1;
            begin(ranges(spans, within).reversed());
        }

        /** The next delivery, which has been read. If it is in two blocks, it comes twice. */
        Entry take() {
            return entries.remove();
        }
    }
}
