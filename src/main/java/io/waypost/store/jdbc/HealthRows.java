package io.waypost.store.jdbc;

import io.waypost.delivery.log.Health;
import io.waypost.platform.Ids;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Which receivers fail, and since when. */
final class HealthRows {

    private final JdbcClient jdbc;

    HealthRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
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
        jdbc.sql("select last from subscription_revision for update")
                .query(Long.class)
                .single();
    }

    Set<Long> failing() {
        return Set.copyOf(
                jdbc.sql("select subscription from health").query(Long.class).list());
    }

    void save(Map<Long, Health> health) {
        health.forEach((subscription, state) -> {
            var first = state.firstFailureAt();
            if (first == null) {
                jdbc.sql("delete from health where subscription = :subscription")
                        .param("subscription", subscription)
                        .update();
            } else if (update(subscription, state.failures(), first) == 0) {
                // Not of one that has been deleted meanwhile: nobody would forget it again.
                jdbc.sql("""
                                insert into health (subscription, failures, first_failure_at)
                                select no, cast(:failures as integer), cast(:first as bigint)
                                  from subscription
                                 where no = :no
                                   and deleted = false
                                """)
                        .param("no", subscription)
                        .param("failures", state.failures())
                        .param("first", Ids.micros(first))
                        .update();
            }
        });
    }

    private int update(long subscription, int failures, Instant first) {
        return jdbc.sql("update health set failures = :failures, first_failure_at = :first where subscription = :no")
                .param("no", subscription)
                .param("failures", failures)
                .param("first", Ids.micros(first))
                .update();
    }
}
