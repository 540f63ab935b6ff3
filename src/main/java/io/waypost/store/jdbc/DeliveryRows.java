package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.event.EventHead;
import io.waypost.event.EventLog;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.DeliveryBlock.Entry;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Queries for single deliveries and buffers, and the retention. */
final class DeliveryRows {

    private static final int LONGEST_DETAIL = 2_000;

    private final JdbcClient jdbc;
    private final EventLog events;
    private final DeliveryBlocks blocks;

    DeliveryRows(JdbcClient jdbc, EventLog events, DeliveryBlocks blocks) {
        this.jdbc = jdbc;
        this.events = events;
        this.blocks = blocks;
    }

    List<DueRows.Candidate> buffered(long subscription, long fromSeq, int most) {
        return jdbc.sql("""
                        select created_at, seq, subscription, attempts, used, fence, replay, throttled_since
                          from delivery
                         where buffer = :subscription
                           and seq >= :fromSeq
                         order by buffer, seq, created_at
                         limit :most
                        """)
                .param("subscription", subscription)
                .param("fromSeq", fromSeq)
                .param("most", most)
                .query((row, _) -> DueRows.Candidate.of(row, false))
                .list();
    }

    private static final String ENTRY = "created_at, seq, subscription, tenant, status, attempts, used, fence, replay";

    /** The row as it would be in a block, with what it has as its status. */
    private static Entry entry(ResultSet row, int number) throws SQLException {
        return new Entry(
                key(row),
                row.getString(4),
                Status.valueOf(row.getString(5)),
                row.getInt(6),
                row.getInt(7),
                row.getInt(8),
                Instant.EPOCH,
                row.getBoolean(9),
                null);
    }

    /** Some of the rows in the buffer of the subscription that meet the condition too. */
    List<Entry> inBuffer(long subscription, String condition) {
        return jdbc.sql("""
                        select %s
                          from delivery
                         where buffer = :subscription
                           %s
                         order by buffer, seq, created_at
                         limit :most
                        """.formatted(ENTRY, condition))
                .param("subscription", subscription)
                .param("most", DeliveryBlock.MOST_ENTRIES)
                .query(DeliveryRows::entry)
                .list();
    }

    /** The one row, or none. */
    List<Entry> row(DeliveryKey key) {
        return jdbc.sql("""
                        select %s
                          from delivery
                         where created_at = :createdAt
                           and seq = :seq
                           and subscription = :subscription
                        """.formatted(ENTRY))
                .param("createdAt", Ids.micros(key.createdAt()))
                .param("seq", key.seq())
                .param("subscription", key.subscription())
                .query(DeliveryRows::entry)
                .list();
    }

    static DeliveryKey key(ResultSet row) throws SQLException {
        return new DeliveryKey(Ids.instant(row.getLong(1)), row.getLong(2), row.getLong(3));
    }

    Optional<Delivery.WithAttempts> find(DeliveryKey key) {
        var event = events.heads(Set.of(key.seq())).get(key.seq());
        if (event == null) {
            return Optional.empty();
        }
        // Meanwhile it may have ended, or have been made due again.
        return inRow(key, event)
                .or(() -> blocks.find(key).flatMap(entry -> withAttempts(entry, event)))
                .or(() -> inRow(key, event));
    }

    private Optional<Delivery.WithAttempts> inRow(DeliveryKey key, EventHead event) {
        return jdbc.sql("""
                        select d.created_at, d.seq, d.subscription, s.id, d.tenant, d.status,
                               d.attempts, d.next_attempt_at, d.replay
                          from delivery d
                          join subscription s on s.no = d.subscription
                         where d.created_at = :createdAt
                           and d.seq = :seq
                           and d.subscription = :subscription
                        """)
                .param("createdAt", Ids.micros(key.createdAt()))
                .param("seq", key.seq())
                .param("subscription", key.subscription())
                .query((row, _) -> delivery(row, event))
                .optional()
                .map(delivery -> new Delivery.WithAttempts(delivery, attempts(key)));
    }

    private Optional<Delivery.WithAttempts> withAttempts(Entry entry, EventHead event) {
        var attempt = entry.attempt();
        return jdbc.sql("select id from subscription where no = :no")
                .param("no", entry.key().subscription())
                .query(String.class)
                .optional()
                .map(subscription -> new Delivery.WithAttempts(
                        new Delivery(
                                entry.key(),
                                event.id(),
                                event.type(),
                                subscription,
                                entry.tenant(),
                                entry.status(),
                                entry.attempts(),
                                null,
                                entry.finishedAt(),
                                entry.replay()),
                        attempt == null ? attempts(entry.key()) : List.of(attempt)));
    }

    private List<Attempt> attempts(DeliveryKey key) {
        return jdbc.sql("""
                        select number, at, duration_ms, status_code, failure, detail, body
                          from attempt
                         where seq = :seq
                           and subscription = :subscription
                           and created_at = :createdAt
                         order by number
                        """)
                .param("createdAt", Ids.micros(key.createdAt()))
                .param("seq", key.seq())
                .param("subscription", key.subscription())
                .query((row, _) -> new Attempt(
                        key,
                        row.getInt(1),
                        Ids.instant(row.getLong(2)),
                        row.getLong(3),
                        row.getObject(4, Integer.class),
                        row.getString(5) == null ? null : Failure.valueOf(row.getString(5)),
                        row.getString(6),
                        text(row.getBytes(7))))
                .list();
    }

    private static Delivery delivery(ResultSet row, EventHead event) throws SQLException {
        return new Delivery(
                key(row),
                event.id(),
                event.type(),
                row.getString(4),
                row.getString(5),
                Status.valueOf(row.getString(6)),
                row.getInt(7),
                JdbcEventLog.instant(row, 8),
                null,
                row.getBoolean(9));
    }

    /** Of the subscription's deliveries of events of the range. */
    Map<DeliveryKey, Status> statuses(long subscription, long first, long last) {
        var found = new HashMap<DeliveryKey, Status>();
        jdbc.sql("""
                        select created_at, seq, subscription, status
                          from delivery
                         where subscription = :subscription
                           and seq between :first and :last
                        """)
                .param("subscription", subscription)
                .param("first", first)
                .param("last", last)
                .query(row -> {
                    found.put(key(row), Status.valueOf(row.getString(4)));
                });
        return found;
    }

    /** The text cut to the length of the column, without the null character, which PostgreSQL does not store. */
    static @Nullable String shortened(@Nullable String text) {
        if (text == null) {
            return null;
        }
        var clean = text.replace("\0", "");
        return clean.length() <= LONGEST_DETAIL ? clean : clean.substring(0, LONGEST_DETAIL);
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, UTF_8);
    }
}
