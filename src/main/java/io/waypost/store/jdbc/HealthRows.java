package io.waypost.store.jdbc;

import io.waypost.delivery.log.DeliveryLog.Failing;
import io.waypost.delivery.log.Health;
import io.waypost.platform.Ids;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The health of subscriptions whose receivers fail. */
final class HealthRows {

    private final JdbcClient jdbc;
    private final SubscriptionRevisions revisions;

    HealthRows(JdbcClient jdbc, SubscriptionRevisions revisions) {
        this.jdbc = jdbc;
        this.revisions = revisions;
    }

    Map<Long, Health> find(Collection<Long> subscriptions) {
        var found = new HashMap<Long, Health>();
        jdbc.sql("select subscription, failures, first_failure_at from health where subscription in (:subscriptions)")
                .param("subscriptions", subscriptions)
                .query(row -> {
                    found.put(row.getLong(1), new Health(row.getInt(2), Ids.instant(row.getLong(3))));
                });
        return found;
    }

    /** The lock that every change of a subscription takes first. */
    void lock() {
        revisions.lock();
    }

    Failing failing(long after) {
        var found = new HashSet<Long>();
        var latest = new AtomicLong(after);
        jdbc.sql("select subscription, revision from health where revision > :after order by revision")
                .param("after", after)
                .query(row -> {
                    found.add(row.getLong(1));
                    latest.set(row.getLong(2));
                });
        return new Failing(found, latest.get());
    }

    void save(Map<Long, Health> health) {
        var anyFails = health.values().stream().anyMatch(state -> state.firstFailureAt() != null);
        var revision = anyFails ? revisions.next() : 0;
        health.forEach((subscription, state) -> {
            var first = state.firstFailureAt();
            if (first == null) {
                jdbc.sql("delete from health where subscription = :subscription")
                        .param("subscription", subscription)
                        .update();
            } else if (update(subscription, state.failures(), first, revision) == 0) {
                // Not for a subscription that has been deleted meanwhile: its row would never be deleted.
                jdbc.sql("""
                                insert into health (subscription, failures, first_failure_at, revision)
                                select no, cast(:failures as integer), cast(:first as bigint), cast(:revision as bigint)
                                  from subscription
                                 where no = :no
                                   and deleted = false
                                """)
                        .param("no", subscription)
                        .param("failures", state.failures())
                        .param("first", Ids.micros(first))
                        .param("revision", revision)
                        .update();
            }
        });
    }

    private int update(long subscription, int failures, Instant first, long revision) {
        return jdbc.sql("""
                        update health
                           set failures = :failures, first_failure_at = :first, revision = :revision
                         where subscription = :no
                        """)
                .param("no", subscription)
                .param("failures", failures)
                .param("first", Ids.micros(first))
                .param("revision", revision)
                .update();
    }
}
