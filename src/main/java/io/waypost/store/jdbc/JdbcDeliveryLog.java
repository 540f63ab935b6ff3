package io.waypost.store.jdbc;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.Health;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import io.waypost.platform.Part;
import io.waypost.platform.node.NodeId;
import io.waypost.store.jdbc.DeliveryBlock.Entry;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Deliveries in the database. */
@Repository
class JdbcDeliveryLog implements DeliveryLog {

    /** If about one in so many events of a range is wanted, all of them are looked at. */
    private static final long CLOSE = 16;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final EventLog events;
    private final SubscriptionStore subscriptions;
    private final EventBlocks eventBlocks;
    private final DeliveryBlocks blocks;
    private final DeliveryRows rows;
    private final DeliveryLists lists;
    private final DueRows due;
    private final DeliveryWrites writes;
    private final HealthRows health;
    private final StrayRows strays;

    JdbcDeliveryLog(
            JdbcClient jdbc,
            JdbcTemplate template,
            TransactionTemplate transaction,
            EventLog events,
            SubscriptionStore subscriptions,
            NodeId node) {
        this.jdbc = jdbc;
        this.eventBlocks = new EventBlocks(jdbc, template);
        this.blocks = new DeliveryBlocks(jdbc, template);
        this.writes = new DeliveryWrites(jdbc, template, events, blocks, node);
        this.transaction = transaction;
        this.events = events;
        this.subscriptions = subscriptions;
        this.rows = new DeliveryRows(jdbc, events, blocks);
        this.lists = new DeliveryLists(jdbc, events, blocks);
        this.due = new DueRows(jdbc, transaction, node);
        this.health = new HealthRows(jdbc, new SubscriptionRevisions(jdbc));
        this.strays = new StrayRows(jdbc);
    }

    @Override
    public void settle(List<DeliveryUpdate> updates) {
        transaction.executeWithoutResult(_ -> writes.settle(updates));
    }

    @Override
    public List<Claimed> claimDue(
            Instant now, LongFunction<Duration> lease, LongToIntFunction room, long settled, int most) {
        return withEvents(
                due.claim(
                        now,
                        subscription -> now.plus(lease.apply(subscription)),
                        room,
                        settled,
                        most,
                        this::withinBytes),
                1);
    }

    @Override
    public Optional<Claimed> claim(DeliveryKey key, Instant now, Duration lease) {
        var taken = due.claim(key, now, now.plus(lease)).stream().toList();
        return withEvents(taken, 1).stream().findFirst();
    }

    /** The first candidates, up to {@link #MOST_BYTES} of event data, but at least one. */
    private List<DueRows.Candidate> withinBytes(List<DueRows.Candidate> candidates) {
        if (candidates.size() <= 1) {
            return candidates;
        }
        var heads = events.heads(candidates.stream().map(c -> c.key().seq()).collect(Collectors.toSet()));
        var bytes = 0L;
        for (int i = 0; i < candidates.size(); i++) {
            if (bytes >= MOST_BYTES) {
                return candidates.subList(0, i);
            }
            var head = heads.get(candidates.get(i).key().seq());
            bytes += head == null ? 0 : head.bytes();
        }
        return candidates;
    }

    private List<Claimed> withEvents(List<DueRows.Candidate> candidates, int fenceRaisedBy) {
        if (candidates.isEmpty()) {
            return List.of();
        }
        var found = events
                .readAll(candidates.stream().map(c -> c.key().seq()).distinct().toList())
                .stream()
                .collect(Collectors.toMap(Event::seq, Function.identity()));
        var claimed = new ArrayList<Claimed>();
        for (var c : candidates) {
            var event = found.get(c.key().seq());
            if (event == null) {
                // The retention has deleted it, so that it cannot be sent any more.
                transaction.executeWithoutResult(_ ->
                        writes.discard(rows.row(c.key()), entry -> entry.key().createdAt()));
            } else {
                claimed.add(new Claimed(
                        c.key(),
                        event,
                        c.attempts(),
                        c.used(),
                        c.fence() + fenceRaisedBy,
                        c.replay(),
                        c.throttledSince(),
                        c.ordered()));
            }
        }
        return claimed;
    }

    @Override
    public Map<Long, Set<Long>> fannedOut(long first, long last) {
        var made = new ArrayList<>(jdbc.sql("""
                        select created_at, seq, subscription
                          from delivery
                         where seq between :first and :last
                        """)
                .param("first", first)
                .param("last", last)
                .query((row, _) -> DeliveryRows.key(row))
                .list());
        eventBlocks.times(first, last).ifPresent(received -> blocks.ofEvents(first, last, received)
                .forEach(entry -> made.add(entry.key())));
        var found = new HashMap<Long, Set<Long>>();
        ofTheFanOut(made, Function.identity()).forEach(key -> found.computeIfAbsent(key.seq(), _ -> new HashSet<>())
                .add(key.subscription()));
        return found;
    }

    /**
     * Those that the fan-out has made, or the replay of a buffer: they have the time of the event, another replay has its own.
     * Asks for their events alone: many of others may lie between them.
     */
    private <T> List<T> ofTheFanOut(List<T> deliveries, Function<T, DeliveryKey> keyOf) {
        var heads = events.heads(
                deliveries.stream().map(one -> keyOf.apply(one).seq()).collect(Collectors.toSet()));
        return deliveries.stream()
                .filter(one -> {
                    var key = keyOf.apply(one);
                    var event = heads.get(key.seq());
                    return event != null && event.receivedAt().equals(key.createdAt());
                })
                .toList();
    }

    @Override
    public Optional<Delivery.WithAttempts> find(DeliveryKey key) {
        return rows.find(key);
    }

    @Override
    public Part<Delivery, DeliveryKey> list(DeliveryQuery query) {
        return lists.list(query);
    }

    @Override
    public boolean makeDue(DeliveryKey key, Instant now) {
        return isMadeDue(key, now)
                || Boolean.TRUE.equals(transaction.execute(_ -> blocks.take(key)
                        .map(entry -> {
                            writes.again(entry, now);
                            return true;
                        })
                        // If another thread was first, it is a row by now.
                        .orElseGet(() -> isMadeDue(key, now))));
    }

    private boolean isMadeDue(DeliveryKey key, Instant now) {
        return jdbc.sql("""
                        update delivery
                           set status = case when attempts = 0 then 'PENDING' else 'RETRYING' end,
                               due_at = :now, next_attempt_at = :now, line = subscription, buffer = null,
                               fence = fence + 1, batch = null
                         where created_at = :createdAt
                           and seq = :seq
                           and subscription = :subscription
                        """)
                        .param("now", Ids.micros(now))
                        .param("createdAt", Ids.micros(key.createdAt()))
                        .param("seq", key.seq())
                        .param("subscription", key.subscription())
                        .update()
                == 1;
    }

    @Override
    public Map<Long, Health> health(Collection<Long> subscriptionNos) {
        return health.find(subscriptionNos);
    }

    @Override
    public void lockHealth() {
        health.lock();
    }

    @Override
    public List<Long> stranded() {
        return strays.stranded();
    }

    @Override
    public Failing failing(long after) {
        return health.failing(after);
    }

    @Override
    public void saveHealth(Map<Long, Health> changed) {
        health.save(changed);
    }

    @Override
    public Optional<Subscription> deactivate(long subscription, State state, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var changed = subscriptions.changeState(subscription, State.Kind.ACTIVE, state, now);
            changed.ifPresent(inactive -> {
                jdbc.sql("""
                                update delivery
                                   set status = 'BUFFERED', line = null, buffer = subscription, due_at = null,
                                       next_attempt_at = null
                                 where line = :subscription
                                """).param("subscription", subscription).update();
                if (state.kind() == State.Kind.DEACTIVATED) {
                    JdbcNoticeStore.createDeactivated(jdbc, inactive);
                }
            });
            return changed;
        }));
    }

    @Override
    public Optional<Subscription> toBackup(long subscription, State dead, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var present = subscriptions.find(subscription).filter(Subscription::active);
            if (present.isEmpty() || present.get().onBackup()) {
                return present;
            }
            var state = State.onBackup(now, dead.lastError());
            var changed = subscriptions.changeState(subscription, State.Kind.ACTIVE, state, now);
            changed.ifPresent(s -> JdbcNoticeStore.createOnBackup(jdbc, s, dead.reason()));
            return changed;
        }));
    }

    @Override
    public int bufferStrays(Instant dueBefore) {
        var buffered = 0;
        for (var stray : strays.strays(dueBefore)) {
            if (stray.deleted()) {
                transaction.executeWithoutResult(_ -> DeliveryWrites.drop(jdbc, stray.subscription()));
            } else {
                buffered += jdbc.sql("""
                                update delivery
                                   set status = 'BUFFERED', line = null, buffer = subscription, due_at = null,
                                       next_attempt_at = null
                                 where line = :line
                                   and due_at >= 0
                                   and due_at < :dueBefore
                                """)
                        .param("line", stray.subscription())
                        .param("dueBefore", Ids.micros(dueBefore))
                        .update();
            }
        }
        return buffered;
    }

    @Override
    public List<Claimed> buffered(long subscription, long fromSeq, int most) {
        var found = withinBytes(rows.buffered(subscription, fromSeq, most));
        return withEvents(found, 0);
    }

    @Override
    public long countBuffered(long subscription) {
        return jdbc.sql("select count(*) from delivery where buffer = :subscription")
                .param("subscription", subscription)
                .query(Long.class)
                .single();
    }

    @Override
    public Map<Long, Boolean> had(long subscription, long first, long last) {
        record Had(DeliveryKey key, boolean replay) {}
        var made = new ArrayList<>(jdbc.sql("""
                        select created_at, seq, subscription, replay
                          from delivery
                         where subscription = :subscription
                           and seq between :first and :last
                        """)
                .param("subscription", subscription)
                .param("first", first)
                .param("last", last)
                .query((row, _) -> new Had(DeliveryRows.key(row), row.getBoolean(4)))
                .list());
        inBlocks(subscription, first, last, false).forEach(entry -> made.add(new Had(entry.key(), entry.replay())));
        var had = new HashMap<Long, Boolean>();
        ofTheFanOut(made, Had::key).forEach(one -> had.put(one.key.seq(), one.replay));
        return had;
    }

    private List<Entry> inBlocks(long subscription, long first, long last, boolean replays) {
        return eventBlocks
                .times(first, last)
                .map(received -> blocks.ofSubscription(subscription, first, last, received, replays))
                .orElse(List.of());
    }

    @Override
    public Map<Long, Status> latest(long subscription, long first, long last) {
        var latest = new TreeMap<DeliveryKey, Status>();
        inBlocks(subscription, first, last, true).forEach(entry -> latest.put(entry.key(), entry.status()));
        latest.putAll(rows.statuses(subscription, first, last));
        var byEvent = new HashMap<Long, Status>();
        latest.forEach((key, status) -> byEvent.put(key.seq(), status));
        return byEvent;
    }

    @Override
    public int discardBuffered(long subscription, Instant now) {
        return discard(subscription, "", now);
    }

    @Override
    public int discardLate(long subscription, Instant now) {
        return discard(subscription, """
                           and attempts = 0
                           and seq <= (select discarded_to
                                         from subscription
                                        where no = :subscription
                                          and state = 'ACTIVE'
                                          and wish = 'DISCARD')
                """, now);
    }

    private int discard(long subscription, String condition, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var discarded = 0;
            for (var more = true; more; ) {
                var some = rows.inBuffer(subscription, condition);
                discarded += writes.discard(some, _ -> now);
                more = !some.isEmpty();
            }
            return discarded;
        }));
    }

    @Override
    public Purged purge(Instant olderThan, Instant from) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var swept = blocks.sweep(from, olderThan, this::present);
            writes.deleteAttempts(swept.gone());
            return new Purged(swept.gone().size(), swept.next());
        }));
    }

    /** The events of these deliveries that are still there. */
    private Set<Long> present(List<DeliveryKey> deliveries) {
        var seqs = deliveries.stream().map(DeliveryKey::seq).collect(Collectors.toSet());
        var first = Collections.min(seqs);
        var last = Collections.max(seqs);
        var close = last - first < CLOSE * seqs.size();
        return (close ? events.heads(first, last) : events.heads(seqs)).keySet();
    }

    @Override
    public Backlog backlog() {
        return jdbc.sql("select count(*), min(created_at) from delivery where line >= 1")
                .query((row, _) -> new Backlog(row.getLong(1), JdbcEventLog.instant(row, 2)))
                .single();
    }
}
