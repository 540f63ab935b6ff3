package io.waypost.store.jdbc;

import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.delivery.log.Health;
import io.waypost.delivery.log.Settlement;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** The rows of deliveries. */
@Repository
class JdbcDeliveryLog implements DeliveryLog {

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final EventLog events;
    private final SubscriptionStore subscriptions;
    private final DeliveryRows rows;
    private final DeliveryWrites writes;
    private final HealthRows health;

    JdbcDeliveryLog(
            JdbcClient jdbc,
            JdbcTemplate batches,
            TransactionTemplate transaction,
            EventLog events,
            SubscriptionStore subscriptions) {
        this.jdbc = jdbc;
        this.writes = new DeliveryWrites(batches);
        this.transaction = transaction;
        this.events = events;
        this.subscriptions = subscriptions;
        this.rows = new DeliveryRows(jdbc);
        this.health = new HealthRows(jdbc);
    }

    @Override
    public void settle(List<Settlement> settlements) {
        transaction.executeWithoutResult(_ -> writes.settle(settlements));
    }

    @Override
    public List<Claimed> claimDue(Instant now, Duration lease, Collection<Long> notOf, long settled, int most) {
        var candidates = rows.due(now, notOf, settled, most);
        if (candidates.isEmpty()) {
            return List.of();
        }
        return claim(candidates, now, now.plus(lease));
    }

    /** Another node may have been faster: who raises the fence has it. */
    private List<Claimed> claim(List<DeliveryRows.Candidate> candidates, Instant now, Instant until) {
        var mine = transaction.execute(_ -> candidates.stream()
                .filter(c -> jdbc.sql("""
                                        update delivery
                                           set due_at = :until, fence = fence + 1
                                         where created_at = :createdAt
                                           and seq = :seq
                                           and subscription = :subscription
                                           and fence = :fence
                                           and due_at <= :now
                                        """)
                                .param("until", Ids.micros(until))
                                .param("createdAt", Ids.micros(c.key().createdAt()))
                                .param("seq", c.key().seq())
                                .param("subscription", c.key().subscription())
                                .param("fence", c.fence())
                                .param("now", Ids.micros(now))
                                .update()
                        == 1)
                .toList());
        return withEvents(Objects.requireNonNull(mine), 1);
    }

    private List<Claimed> withEvents(List<DeliveryRows.Candidate> candidates, int fenceRaisedBy) {
        var found = events
                .readAll(candidates.stream().map(c -> c.key().seq()).distinct().toList())
                .stream()
                .collect(Collectors.toMap(Event::seq, Function.identity()));
        var claimed = new ArrayList<Claimed>();
        for (var c : candidates) {
            var event = found.get(c.key().seq());
            if (event != null) {
                claimed.add(new Claimed(
                        c.key(),
                        event,
                        c.attempts(),
                        c.used(),
                        c.fence() + fenceRaisedBy,
                        c.replay(),
                        c.throttledSince()));
            }
        }
        return claimed;
    }

    @Override
    public Map<Long, Set<Long>> fannedOut(long first, long last) {
        var found = new HashMap<Long, Set<Long>>();
        jdbc.sql("""
                        select d.seq, d.subscription
                          from delivery d
                          join event e on e.seq = d.seq
                         where d.seq between :first and :last
                           and d.created_at = e.received_at
                        """).param("first", first).param("last", last).query(row -> {
            found.computeIfAbsent(row.getLong(1), _ -> new HashSet<>()).add(row.getLong(2));
        });
        return found;
    }

    @Override
    public Optional<Delivery.WithAttempts> find(DeliveryKey key) {
        return rows.find(key);
    }

    @Override
    public List<Delivery> list(DeliveryQuery query) {
        return rows.list(query);
    }

    @Override
    public boolean makeDue(DeliveryKey key, Instant now) {
        return jdbc.sql("""
                        update delivery
                           set status = case when attempts = 0 then 'PENDING' else 'RETRYING' end,
                               due_at = :now, next_attempt_at = :now, finished_at = null, buffered_for = null,
                               fence = fence + 1
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
        return rows.stranded();
    }

    @Override
    public Set<Long> failing() {
        return health.failing();
    }

    @Override
    public void saveHealth(Map<Long, Health> changed) {
        health.save(changed);
    }

    @Override
    public Optional<Subscription> deactivate(long subscription, State state, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var changed = subscriptions.changeState(subscription, State.Kind.ACTIVE, state, now);
            changed.ifPresent(gone -> {
                jdbc.sql("""
                                update delivery
                                   set status = 'BUFFERED', buffered_for = subscription, due_at = null,
                                       next_attempt_at = null
                                 where subscription = :subscription
                                   and due_at is not null
                                """).param("subscription", subscription).update();
                if (state.kind() == State.Kind.DEACTIVATED) {
                    leaveNotice(gone, now);
                }
            });
            return changed;
        }));
    }

    private void leaveNotice(Subscription gone, Instant now) {
        jdbc.sql("""
                        insert into notice (id, subscription_id, subscription, tenant, kind, at, reason, last_error, due_at)
                        values (:id, :subscriptionId, :subscription, :tenant, 'webhook.deactivated', :at, :reason, :error, :at)
                        """)
                .param("id", Ids.next("ntc", now))
                .param("subscriptionId", gone.id())
                .param("subscription", gone.no())
                .param("tenant", gone.tenant())
                .param("at", Ids.micros(now))
                .param("reason", gone.state().reason())
                .param("error", DeliveryRows.shortened(gone.state().lastError()))
                .update();
    }

    @Override
    public int bufferStrays(Instant dueBefore) {
        jdbc.sql("""
                        delete from delivery
                         where due_at < :dueBefore
                           and subscription in (select no from subscription where deleted = true)
                        """).param("dueBefore", Ids.micros(dueBefore)).update();
        return jdbc.sql("""
                        update delivery
                           set status = 'BUFFERED', buffered_for = subscription, due_at = null, next_attempt_at = null
                         where due_at < :dueBefore
                           and subscription in (select no from subscription where state <> 'ACTIVE' and deleted = false)
                        """).param("dueBefore", Ids.micros(dueBefore)).update();
    }

    @Override
    public List<Claimed> buffered(long subscription, long fromSeq, int most) {
        var found = rows.buffered(subscription, fromSeq, most);
        return withEvents(found, 0);
    }

    @Override
    public long countBuffered(long subscription) {
        return jdbc.sql("select count(*) from delivery where buffered_for = :subscription")
                .param("subscription", subscription)
                .query(Long.class)
                .single();
    }

    @Override
    public Set<Long> had(long subscription, long first, long last) {
        return Set.copyOf(jdbc.sql("""
                        select d.seq
                          from delivery d
                          join event e on e.seq = d.seq
                         where d.subscription = :subscription
                           and d.seq between :first and :last
                           and d.created_at = e.received_at
                        """)
                .param("subscription", subscription)
                .param("first", first)
                .param("last", last)
                .query(Long.class)
                .list());
    }

    @Override
    public Map<Long, Status> latest(long subscription, long first, long last) {
        return rows.latest(subscription, first, last);
    }

    @Override
    public int discardBuffered(long subscription, Instant now) {
        return jdbc.sql("""
                        update delivery
                           set status = 'DISCARDED', buffered_for = null, finished_at = :now
                         where buffered_for = :subscription
                        """)
                .param("subscription", subscription)
                .param("now", Ids.micros(now))
                .update();
    }

    @Override
    public int purge(Instant olderThan, int most) {
        return rows.purge(olderThan, most);
    }

    @Override
    public Backlog backlog() {
        return jdbc.sql("select count(*), min(created_at) from delivery where due_at is not null")
                .query((row, _) -> new Backlog(row.getLong(1), JdbcEventLog.instant(row, 2)))
                .single();
    }
}
