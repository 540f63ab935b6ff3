package io.waypost.store.jdbc.node;

import io.waypost.platform.Ids;
import io.waypost.platform.node.NodeStore;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Heartbeats of nodes in the database. */
@Repository
public class JdbcNodeStore implements NodeStore {

    /** No claim on a delivery lasts longer: twice the longest attempt with the wait before it, and some margin. */
    private static final Duration LONGEST_CLAIM = Duration.ofMinutes(5);

    private final JdbcClient jdbc;
    private final Clock clock;

    JdbcNodeStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    @Override
    public void beat(String id) {
        var known = jdbc.sql("""
                        update node
                           set seen_at = cast(extract(epoch from current_timestamp) * 1000000 as bigint)
                         where id = :id
                        """).param("id", id).update();
        if (known == 0) {
            join(id);
        }
    }

    private void join(String id) {
        // Nodes that were killed leave their rows; these are deleted after a day.
        jdbc.sql("""
                        delete from node
                         where seen_at < cast(extract(epoch from current_timestamp) * 1000000 as bigint) - 86400000000
                        """).update();
        jdbc.sql("""
                        insert into node (id, started_at, seen_at, sealing)
                        values (:id,
                                cast(extract(epoch from current_timestamp) * 1000000 as bigint),
                                cast(extract(epoch from current_timestamp) * 1000000 as bigint),
                                '')
                        """).param("id", id).update();
    }

    @Override
    public Set<String> living(Duration silence) {
        return jdbc.sql("""
                        select id
                          from node
                         where seen_at > cast(extract(epoch from current_timestamp) * 1000000 as bigint) - :silence
                        """)
                .param("silence", silence.dividedBy(ChronoUnit.MICROS.getDuration()))
                .query(String.class)
                .set();
    }

    @Override
    public int release(Set<String> living) {
        var now = clock.instant();
        // The due date of a claimed delivery is later than its next attempt. The upper bound leaves out rows that are
        // due
        // much later, of which there may be very many.
        var deliveries = jdbc.sql("""
                        update delivery
                           set due_at = next_attempt_at, claimed_by = null
                         where due_at > :now
                           and due_at < :longest
                           and due_at > next_attempt_at
                           and claimed_by is not null
                           and claimed_by not in (:living)
                        """)
                .param("now", Ids.micros(now))
                .param("longest", Ids.micros(now.plus(LONGEST_CLAIM)))
                .param("living", living)
                .update();
        var segments = jdbc.sql("""
                        update log_segment
                           set lease_end = 0, claimed_by = null
                         where claimed_by is not null
                           and claimed_by not in (:living)
                        """).param("living", living).update();
        var replays = jdbc.sql("""
                        update replay
                           set due_at = created_at, claimed_by = null
                         where claimed_by is not null
                           and claimed_by not in (:living)
                        """).param("living", living).update();
        return deliveries + segments + replays;
    }

    @Override
    public void leave(String id) {
        jdbc.sql("delete from node where id = :id").param("id", id).update();
    }
}
