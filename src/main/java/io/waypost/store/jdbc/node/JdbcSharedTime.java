package io.waypost.store.jdbc.node;

import io.waypost.platform.Ids;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SharedTime;
import io.waypost.subscription.Runs;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongPredicate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** The database's time, and moving all stored due dates and ends of leases when the clock has stepped. */
@Repository
public class JdbcSharedTime implements SharedTime {

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final boolean shared;

    JdbcSharedTime(JdbcClient jdbc, TransactionTemplate transaction, WaypostProperties properties) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.shared = properties.db().shared();
    }

    @Override
    public Optional<Instant> now() {
        return shared
                ? Optional.of(
                        Ids.instant(jdbc.sql("select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)")
                                .query(Long.class)
                                .single()))
                : Optional.empty();
    }

    @Override
    public Instant seen() {
        return Ids.instant(jdbc.sql("select seen_at from clock where id = 1")
                .query(Long.class)
                .single());
    }

    @Override
    public void saw(Instant now) {
        jdbc.sql("update clock set seen_at = :now where id = 1 and seen_at < :now")
                .param("now", Ids.micros(now))
                .update();
    }

    @Override
    public OptionalInt wentBack(Instant now, Duration by, Duration tolerance) {
        var latest = Ids.micros(now.plus(tolerance));
        return move(seen -> seen > latest, now, now, by.negated());
    }

    @Override
    public OptionalInt wentAhead(Instant now, Duration by) {
        var before = now.minus(by);
        // If another node has moved the dates already, the clock was seen after the step, otherwise before it.
        var latest = Ids.micros(now.minus(by.dividedBy(2)));
        return move(seen -> seen < latest, now, before, by);
    }

    /**
     * @param unseen whether the step has not been handled yet, by the time at which the clock was last seen
     * @param from only dates after this are moved
     */
    private OptionalInt move(LongPredicate unseen, Instant now, Instant from, Duration by) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var seen = jdbc.sql("select seen_at from clock where id = 1 for update")
                    .query(Long.class)
                    .single();
            if (!unseen.test(seen)) {
                return OptionalInt.empty();
            }
            jdbc.sql("update clock set seen_at = :now where id = 1")
                    .param("now", Ids.micros(now))
                    .update();
            return OptionalInt.of(move(Ids.micros(from), by.toNanos() / 1_000));
        }));
    }

    private int move(long from, long by) {
        // Deliveries that wait for a dispatch run have a due date that means never, which is not moved.
        var deliveries = jdbc.sql("""
                        update delivery
                           set due_at = due_at + :by, next_attempt_at = next_attempt_at + :by
                         where due_at > :from
                           and due_at < :never
                        """)
                .param("by", by)
                .param("from", from)
                .param("never", Ids.micros(Runs.NOT_BY_ITSELF))
                .update();
        var segments = jdbc.sql("update log_segment set lease_end = lease_end + :by where lease_end > :from")
                .param("by", by)
                .param("from", from)
                .update();
        var replays = jdbc.sql("update replay set due_at = due_at + :by where due_at > :from")
                .param("by", by)
                .param("from", from)
                .update();
        // The end of a buffer's window is a date, not a wait, so these notices are not moved.
        var notices = jdbc.sql("""
                        update notice
                           set due_at = due_at + :by
                         where due_at > :from
                           and kind <> 'webhook.buffer_closed'
                        """).param("by", by).param("from", from).update();
        return deliveries + segments + replays + notices;
    }
}
