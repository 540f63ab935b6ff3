package io.waypost.store.jdbc;

import io.waypost.notice.Notice;
import io.waypost.notice.NoticeStore;
import io.waypost.platform.Ids;
import io.waypost.subscription.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Notices as rows. */
@Repository
class JdbcNoticeStore implements NoticeStore {

    private final JdbcClient jdbc;

    JdbcNoticeStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Leaves a notice that the subscription is in its present state. */
    static void leave(JdbcClient jdbc, Subscription subscription, String kind, @Nullable String reason) {
        var since = Objects.requireNonNull(subscription.state().since());
        jdbc.sql("""
                        insert into notice (id, subscription_id, subscription, tenant, kind, at, reason, last_error, due_at)
                        values (:id, :subscriptionId, :subscription, :tenant, :kind, :at, :reason, :error, :at)
                        """)
                .param("id", Ids.next("ntc", since))
                .param("subscriptionId", subscription.id())
                .param("subscription", subscription.no())
                .param("tenant", subscription.tenant())
                .param("kind", kind)
                .param("at", Ids.micros(since))
                .param("reason", reason)
                .param("error", DeliveryRows.shortened(subscription.state().lastError()))
                .update();
    }

    @Override
    public List<Notice> claim(Instant now, Duration lease) {
        return jdbc
                .sql("""
                        select id, subscription_id, subscription, tenant, kind, at, reason, last_error
                          from notice
                         where due_at <= :now
                         order by due_at
                         limit 20
                        """)
                .param("now", Ids.micros(now))
                .query((row, _) -> new Notice(
                        row.getString(1),
                        row.getString(2),
                        row.getLong(3),
                        row.getString(4),
                        row.getString(5),
                        Ids.instant(row.getLong(6)),
                        row.getString(7),
                        row.getString(8)))
                .list()
                .stream()
                .filter(notice -> claim(notice, now, now.plus(lease)))
                .toList();
    }

    private boolean claim(Notice notice, Instant now, Instant until) {
        return jdbc.sql("update notice set due_at = :until where id = :id and due_at <= :now")
                        .param("until", Ids.micros(until))
                        .param("id", notice.id())
                        .param("now", Ids.micros(now))
                        .update()
                == 1;
    }

    @Override
    public void told(Notice notice, Instant now) {
        jdbc.sql("update notice set due_at = null, sent_at = :now where id = :id")
                .param("now", Ids.micros(now))
                .param("id", notice.id())
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
