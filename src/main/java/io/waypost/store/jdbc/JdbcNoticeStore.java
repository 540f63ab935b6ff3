package io.waypost.store.jdbc;

import io.waypost.delivery.log.Buffers.BufferSize;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.OwnerNotices;
import io.waypost.event.Event;
import io.waypost.event.EventHead;
import io.waypost.notice.Notice;
import io.waypost.notice.Notice.GivenUp;
import io.waypost.notice.Notice.Kind;
import io.waypost.notice.NoticeStore;
import io.waypost.platform.Ids;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Notices in the database. */
@Repository
class JdbcNoticeStore implements NoticeStore, OwnerNotices {

    /** Column {@code lane} of waiting notices about changes of a subscription's state. */
    private static final int CHANGES = 0;

    /** Column {@code lane} of waiting notices about exhausted deliveries. */
    private static final int EXHAUSTED = 1;

    /** Few, because each may need a mail to be sent, which may be slow. */
    private static final int CHANGES_AT_ONCE = 20;

    private static final int EXHAUSTED_AT_ONCE = 200;

    private final JdbcClient jdbc;
    private final JdbcTemplate template;
    private final TransactionTemplate transaction;

    JdbcNoticeStore(JdbcClient jdbc, JdbcTemplate template, TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.template = template;
        this.transaction = transaction;
    }

    /**
     * Creates a notice that the subscription has been deactivated, and one that is due when the window of its buffer ends.
     */
    static void createDeactivated(JdbcClient jdbc, Subscription deactivated) {
        var state = deactivated.state();
        var since = Objects.requireNonNull(state.since());
        create(jdbc, deactivated, Kind.DEACTIVATED, since, state.reason(), state.lastError(), null);
        var window = deactivated.definition().replayBuffer().window();
        if (window.isPositive()) {
            create(jdbc, deactivated, Kind.BUFFER_CLOSED, since.plus(window), null, null, null);
        }
    }

    static void createOnBackup(JdbcClient jdbc, Subscription subscription, @Nullable String reason) {
        var state = subscription.state();
        var since = Objects.requireNonNull(state.since());
        create(jdbc, subscription, Kind.ON_BACKUP, since, reason, state.lastError(), null);
    }

    @Override
    public void reactivated(Subscription subscription, @Nullable BufferSize kept) {
        var since = Objects.requireNonNull(subscription.state().since());
        create(jdbc, subscription, Kind.REACTIVATED, since, null, null, kept);
    }

    /** Moves the notice about the end of the buffer's window, which may have been changed. */
    static void moveClosing(JdbcClient jdbc, Subscription changed) {
        var since = changed.state().since();
        if (changed.state().kind() != State.Kind.DEACTIVATED || since == null) {
            return;
        }
        jdbc.sql("""
                        update notice
                           set due_at = :end
                         where lane = 0
                           and subscription = :subscription
                           and kind = 'webhook.buffer_closed'
                           and at = :since
                        """)
                .param(
                        "end",
                        Ids.micros(
                                since.plus(changed.definition().replayBuffer().window())))
                .param("subscription", changed.no())
                .param("since", Ids.micros(since))
                .update();
    }

    private static void create(
            JdbcClient jdbc,
            Subscription subscription,
            Kind kind,
            Instant due,
            @Nullable String reason,
            @Nullable String error,
            @Nullable BufferSize kept) {
        var since = Objects.requireNonNull(subscription.state().since());
        jdbc.sql("""
                        insert into notice (id, subscription_id, subscription, tenant, kind, at, reason, last_error,
                                            buffered, dropped, due_at, lane)
                        values (:id, :subscriptionId, :subscription, :tenant, :kind, :at, :reason, :error,
                                :buffered, :dropped, :due, 0)
                        """)
                .param("id", Ids.next("ntc", since))
                .param("subscriptionId", subscription.id())
                .param("subscription", subscription.no())
                .param("tenant", subscription.tenant())
                .param("kind", kind.type())
                .param("at", Ids.micros(since))
                .param("reason", reason)
                .param("error", DeliveryRows.shortened(error))
                .param("buffered", kept == null ? null : kept.count())
                .param("dropped", kept == null ? null : kept.dropped())
                .param("due", Ids.micros(due))
                .update();
    }

    /**
     * Creates a notice for each exhausted delivery, in a batch for each of its events. Not for test events, nor for events
     * that are notices themselves: their failures would create notices for ever.
     *
     * @param events of the deliveries, those that are still there
     */
    static void createExhausted(JdbcTemplate template, List<DeliveryUpdate> exhausted, Map<Long, EventHead> events) {
        record Told(DeliveryUpdate update, EventHead event) {}
        var told = exhausted.stream()
                .<Told>mapMulti((update, into) -> {
                    var event = events.get(update.key().seq());
                    if (event != null && isTold(event)) {
                        into.accept(new Told(update, event));
                    }
                })
                .toList();
        template.batchUpdate("""
                insert into notice (id, subscription_id, subscription, tenant, kind, at, last_error, due_at, lane,
                                    delivery_at, attempts, seq, received_at)
                select cast(? as varchar(40)), s.id, s.no, s.tenant, 'webhook.delivery_exhausted', cast(? as bigint),
                       cast(? as varchar(2000)), cast(? as bigint), 1, cast(? as bigint), cast(? as integer),
                       cast(? as bigint), cast(? as bigint)
                  from subscription s
                 where s.no = ?
                """, told, Math.max(1, told.size()), (statement, one) -> {
            var s = one.update;
            var at = s.finishedAt() == null ? s.key().createdAt() : s.finishedAt();
            statement.setString(1, Ids.next("ntc", at));
            statement.setLong(2, Ids.micros(at));
            var attempt = s.attempt();
            statement.setString(3, attempt == null ? null : DeliveryRows.shortened(attempt.error()));
            statement.setLong(4, Ids.micros(at));
            statement.setLong(5, Ids.micros(s.key().createdAt()));
            statement.setInt(6, s.attempts());
            statement.setLong(7, s.key().seq());
            statement.setLong(8, Ids.micros(one.event.receivedAt()));
            statement.setLong(9, s.key().subscription());
        });
    }

    private static boolean isTold(EventHead event) {
        return !event.test()
                && !event.source().equals("/waypost")
                && !event.type().startsWith("webhook.");
    }

    @Override
    public List<Notice> claim(Instant now, Duration lease) {
        return claim(CHANGES, CHANGES_AT_ONCE, now, lease);
    }

    @Override
    public List<Notice> claimExhausted(Instant now, Duration lease) {
        return claim(EXHAUSTED, EXHAUSTED_AT_ONCE, now, lease);
    }

    private List<Notice> claim(int lane, int most, Instant now, Duration lease) {
        var due = due(lane, most, now);
        return due.isEmpty()
                ? List.of()
                : Objects.requireNonNull(transaction.execute(_ -> claimed(due, now, now.plus(lease))));
    }

    private List<Notice> due(int lane, int most, Instant now) {
        return jdbc.sql("""
                        select id, subscription_id, subscription, tenant, kind, at, reason, last_error,
                               buffered, dropped, delivery_at, seq, received_at, attempts
                          from notice
                         where lane = :lane
                           and due_at <= :now
                         order by lane, due_at
                         limit :most
                        """)
                .param("lane", lane)
                .param("now", Ids.micros(now))
                .param("most", most)
                .query((row, _) -> notice(row))
                .list();
    }

    private static Notice notice(ResultSet row) throws SQLException {
        var buffered = row.getObject(9, Long.class);
        var kept = buffered == null ? null : new BufferSize(buffered, row.getLong(10));
        var deliveryAt = JdbcEventLog.instant(row, 11);
        var seq = row.getLong(12);
        var givenUp = deliveryAt == null
                ? null
                : new GivenUp(
                        new DeliveryKey(deliveryAt, seq, row.getLong(3)),
                        Event.id(Ids.instant(row.getLong(13)), seq),
                        row.getInt(14));
        return new Notice(
                row.getString(1),
                row.getString(2),
                row.getLong(3),
                row.getString(4),
                Kind.of(row.getString(5)),
                Ids.instant(row.getLong(6)),
                row.getString(7),
                row.getString(8),
                kept,
                givenUp);
    }

    /** All nodes claim in the order of ids, to avoid deadlocks. */
    private List<Notice> claimed(List<Notice> due, Instant now, Instant until) {
        var ids = due.stream().map(Notice::id).sorted().toList();
        var counts = template.batchUpdate(
                        "update notice set due_at = ? where id = ? and due_at <= ?",
                        ids,
                        ids.size(),
                        (statement, id) -> {
                            statement.setLong(1, Ids.micros(until));
                            statement.setString(2, id);
                            statement.setLong(3, Ids.micros(now));
                        })[0];
        var claimed = IntStream.range(0, counts.length)
                .filter(i -> counts[i] > 0)
                .mapToObj(ids::get)
                .collect(Collectors.toSet());
        return due.stream().filter(notice -> claimed.contains(notice.id())).toList();
    }

    @Override
    public void told(Notice notice, Instant now) {
        jdbc.sql("update notice set lane = null, due_at = null, sent_at = :now where id = :id")
                .param("now", Ids.micros(now))
                .param("id", notice.id())
                .update();
    }

    @Override
    public void postpone(Notice notice, Instant until) {
        jdbc.sql("update notice set due_at = :until where id = :id and lane >= 0")
                .param("until", Ids.micros(until))
                .param("id", notice.id())
                .update();
    }

    @Override
    public void forget(List<Notice> notices) {
        jdbc.sql("delete from notice where id in (:ids)")
                .param("ids", notices.stream().map(Notice::id).toList())
                .update();
    }

    @Override
    public int purge(Instant olderThan, int most) {
        return jdbc.sql("""
                        delete from notice
                         where id in (select id from notice where sent_at < :cutoff order by sent_at limit :most)
                        """)
                .param("cutoff", Ids.micros(olderThan))
                .param("most", most)
                .update();
    }
}
