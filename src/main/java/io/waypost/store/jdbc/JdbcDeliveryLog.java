package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.delivery.Delivery;
import io.waypost.delivery.Delivery.Attempt;
import io.waypost.delivery.Delivery.Status;
import io.waypost.delivery.DeliveryKey;
import io.waypost.delivery.DeliveryLog;
import io.waypost.delivery.DeliveryQuery;
import io.waypost.delivery.Health;
import io.waypost.delivery.Settlement;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** The rows of deliveries. */
@Repository
class JdbcDeliveryLog implements DeliveryLog {

    private final JdbcClient jdbc;
    private final JdbcTemplate batches;
    private final TransactionTemplate transaction;
    private final EventLog events;
    private final SubscriptionStore subscriptions;
    private final DeliveryRows rows;

    JdbcDeliveryLog(
            JdbcClient jdbc,
            JdbcTemplate batches,
            TransactionTemplate transaction,
            EventLog events,
            SubscriptionStore subscriptions) {
        this.jdbc = jdbc;
        this.batches = batches;
        this.transaction = transaction;
        this.events = events;
        this.subscriptions = subscriptions;
        this.rows = new DeliveryRows(jdbc);
    }

    @Override
    public void settle(List<Settlement> settlements) {
        var fresh = settlements.stream().filter(s -> !s.row()).toList();
        var known = settlements.stream().filter(Settlement::row).toList();
        // A row made and changed by the same batch: the making comes first.
        if (!fresh.isEmpty()) {
            insert(fresh);
        }
        var valid = new ArrayList<>(fresh);
        if (!known.isEmpty()) {
            valid.addAll(update(known));
        }
        var attempts = valid.stream()
                .filter(s -> s.attempt() != null && !standsInRow(s))
                .map(s -> Objects.requireNonNull(s.attempt()))
                .toList();
        if (!attempts.isEmpty()) {
            insertAttempts(attempts);
        }
    }

    private static boolean standsInRow(Settlement settlement) {
        return !settlement.row() && settlement.status() == Status.SUCCEEDED;
    }

    private void insert(List<Settlement> settlements) {
        batches.batchUpdate(
                """
                insert into delivery (created_at, seq, subscription, tenant, status, attempts, used, fence, due_at,
                                      next_attempt_at, finished_at, throttled_since, replay, buffered_for,
                                      first_at, first_ms, first_status, first_body)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, settlements, settlements.size(), JdbcDeliveryLog::bindInsert);
    }

    private static void bindInsert(PreparedStatement statement, Settlement s) throws SQLException {
        key(statement, 1, s.key());
        statement.setString(4, s.tenant());
        statement.setString(5, s.status().name());
        statement.setInt(6, s.attempts());
        statement.setInt(7, s.used());
        statement.setInt(8, s.fence());
        time(statement, 9, s.dueAt());
        time(statement, 10, s.nextAttemptAt());
        time(statement, 11, s.finishedAt());
        time(statement, 12, s.throttledSince());
        statement.setBoolean(13, s.replay());
        number(statement, 14, s.status() == Status.BUFFERED ? s.key().subscription() : null);
        var first = standsInRow(s) ? s.attempt() : null;
        time(statement, 15, first == null ? null : first.at());
        number(statement, 16, first == null ? null : first.durationMs());
        integer(statement, 17, first == null ? null : first.statusCode());
        text(statement, 18, first == null ? null : first.responseBody());
    }

    /** @return those whose fence still held */
    private List<Settlement> update(List<Settlement> settlements) {
        var counts = batches.batchUpdate(
                """
                update delivery
                   set status = ?, attempts = ?, used = ?, due_at = ?, next_attempt_at = ?, finished_at = ?,
                       throttled_since = ?, replay = ?, buffered_for = ?
                 where created_at = ?
                   and seq = ?
                   and subscription = ?
                   and fence = ?
                """, settlements, settlements.size(), (statement, s) -> {
                    statement.setString(1, s.status().name());
                    statement.setInt(2, s.attempts());
                    statement.setInt(3, s.used());
                    time(statement, 4, s.dueAt());
                    time(statement, 5, s.nextAttemptAt());
                    time(statement, 6, s.finishedAt());
                    time(statement, 7, s.throttledSince());
                    statement.setBoolean(8, s.replay());
                    number(statement, 9, s.status() == Status.BUFFERED ? s.key().subscription() : null);
                    key(statement, 10, s.key());
                    statement.setInt(13, s.fence());
                })[0];
        return IntStream.range(0, counts.length)
                .filter(i -> counts[i] > 0)
                .mapToObj(settlements::get)
                .toList();
    }

    private void insertAttempts(List<Attempt> attempts) {
        batches.batchUpdate(
                """
                insert into attempt (created_at, seq, subscription, number, at, duration_ms, status_code, failure,
                                     detail, body)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, attempts, attempts.size(), (statement, a) -> {
                    key(statement, 1, a.delivery());
                    statement.setInt(4, a.number());
                    statement.setLong(5, Ids.micros(a.at()));
                    statement.setLong(6, a.durationMs());
                    integer(statement, 7, a.statusCode());
                    statement.setString(8, a.failure() == null ? null : a.failure().name());
                    statement.setString(9, DeliveryRows.shortened(a.detail()));
                    text(statement, 10, a.responseBody());
                });
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
    public Map<Long, Health> health(Collection<Long> subscriptions) {
        var found = new HashMap<Long, Health>();
        jdbc.sql("select subscription, failures, first_failure_at from health where subscription in (:subscriptions)")
                .param("subscriptions", subscriptions)
                .query(row -> {
                    found.put(row.getLong(1), new Health(row.getInt(2), Ids.instant(row.getLong(3))));
                });
        return found;
    }

    @Override
    public Set<Long> failing() {
        return Set.copyOf(jdbc.sql("select subscription from health").query(Long.class).list());
    }

    @Override
    public void saveHealth(Map<Long, Health> health) {
        health.forEach((subscription, state) -> {
            var first = state.firstFailureAt();
            if (first == null) {
                jdbc.sql("delete from health where subscription = :subscription")
                        .param("subscription", subscription)
                        .update();
            } else if (updateHealth(subscription, state.failures(), first) == 0) {
                jdbc.sql("insert into health (subscription, failures, first_failure_at) values (:no, :failures, :first)")
                        .param("no", subscription)
                        .param("failures", state.failures())
                        .param("first", Ids.micros(first))
                        .update();
            }
        });
    }

    private int updateHealth(long subscription, int failures, Instant first) {
        return jdbc.sql("update health set failures = :failures, first_failure_at = :first where subscription = :no")
                .param("no", subscription)
                .param("failures", failures)
                .param("first", Ids.micros(first))
                .update();
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
    public int bufferStrays() {
        jdbc.sql("""
                        delete from delivery
                         where due_at is not null
                           and subscription in (select no from subscription where deleted = true)
                        """).update();
        return jdbc.sql("""
                        update delivery
                           set status = 'BUFFERED', buffered_for = subscription, due_at = null, next_attempt_at = null
                         where due_at is not null
                           and subscription in (select no from subscription where state <> 'ACTIVE' and deleted = false)
                        """).update();
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
        var found = new HashMap<Long, Status>();
        jdbc.sql("""
                        select seq, status
                          from delivery
                         where subscription = :subscription
                           and seq between :first and :last
                         order by created_at
                        """)
                .param("subscription", subscription)
                .param("first", first)
                .param("last", last)
                .query(row -> {
                    found.put(row.getLong(1), Status.valueOf(row.getString(2)));
                });
        return found;
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

    private static void key(PreparedStatement statement, int from, DeliveryKey key) throws SQLException {
        statement.setLong(from, Ids.micros(key.createdAt()));
        statement.setLong(from + 1, key.seq());
        statement.setLong(from + 2, key.subscription());
    }

    private static void time(PreparedStatement statement, int index, @Nullable Instant at) throws SQLException {
        number(statement, index, at == null ? null : Ids.micros(at));
    }

    private static void number(PreparedStatement statement, int index, @Nullable Long value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, value);
        }
    }

    private static void integer(PreparedStatement statement, int index, @Nullable Integer value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.INTEGER);
        } else {
            statement.setInt(index, value);
        }
    }

    private static void text(PreparedStatement statement, int index, @Nullable String value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.BINARY);
        } else {
            statement.setBytes(index, value.getBytes(UTF_8));
        }
    }
}
