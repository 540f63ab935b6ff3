package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.DeliveryBlock.Entry;
import io.waypost.store.jdbc.database.DataMove;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Moves the deliveries that have ended, which kept their rows until version 28 of the schema, into blocks. A step is a transaction
 * that locks the end of the log, so that of several nodes one goes on where the other was.
 */
@Component
public final class DeliveriesIntoBlocks implements DataMove {

    private static final Logger log = LoggerFactory.getLogger(DeliveriesIntoBlocks.class);

    private static final int AT_ONCE = 5_000;

    @Override
    public void move(DataSource database) {
        var steps = new Steps(new JdbcTemplate(database));
        var transaction = new TransactionTemplate(new JdbcTransactionManager(database));
        var moved = 0;
        for (var more = true; more; ) {
            var count = Objects.requireNonNull(transaction.execute(_ -> steps.next()));
            more = count > 0;
            moved += count;
        }
        if (moved > 0) {
            log.info("{} deliveries that have ended are stored in blocks now", moved);
        }
    }

    private static final class Steps {

        private final JdbcClient jdbc;
        private final JdbcTemplate template;
        private final DeliveryBlocks blocks;
        /** In microseconds: those made before have been moved. */
        private long reached;

        Steps(JdbcTemplate template) {
            this.template = template;
            this.jdbc = JdbcClient.create(template);
            this.blocks = new DeliveryBlocks(jdbc, template);
        }

        private record Former(Entry entry, @Nullable Attempt first) {

            /** If there were more, the first one stood in the row all the same. */
            boolean hasMoreAttempts() {
                return first != null && entry.attempt() == null;
            }
        }

        /** @return how many deliveries were moved; 0 if none are left, and their table is gone */
        int next() {
            jdbc.sql("select last_seq from log_head where id = 1 for update")
                    .query(Long.class)
                    .single();
            if (!EventsIntoBlocks.isThere("former_delivery", jdbc)) {
                return 0;
            }
            var former = jdbc.sql("""
                            select created_at, seq, subscription, tenant, status, attempts, used, fence, replay,
                                   coalesce(finished_at, created_at), first_at, first_ms, first_status, first_body
                              from former_delivery
                             where created_at >= :reached
                             order by created_at, seq, subscription
                             limit :most
                            """)
                    .param("reached", reached)
                    .param("most", AT_ONCE)
                    .query(Steps::former)
                    .list();
            if (former.isEmpty()) {
                template.execute("drop table former_delivery");
                return 0;
            }
            blocks.insert(former.stream().map(Former::entry).toList());
            DeliveryWrites.insertAttempts(
                    template,
                    former.stream()
                            .filter(Former::hasMoreAttempts)
                            .map(Former::first)
                            .toList());
            template.batchUpdate(
                    "delete from former_delivery where created_at = ? and seq = ? and subscription = ?",
                    former,
                    former.size(),
                    (statement, one) -> DeliveryWrites.key(statement, 1, one.entry.key()));
            reached = Ids.micros(former.getLast().entry.key().createdAt());
            return former.size();
        }

        private static Former former(ResultSet row, int number) throws SQLException {
            var key = DeliveryRows.key(row);
            var attempts = row.getInt(6);
            var first = first(key, row);
            return new Former(
                    new Entry(
                            key,
                            row.getString(4),
                            Status.valueOf(row.getString(5)),
                            attempts,
                            row.getInt(7),
                            row.getInt(8),
                            Ids.instant(row.getLong(10)),
                            row.getBoolean(9),
                            attempts == 1 ? first : null),
                    first);
        }

        private static @Nullable Attempt first(DeliveryKey key, ResultSet row) throws SQLException {
            var at = JdbcEventLog.instant(row, 11);
            var body = row.getBytes(14);
            return at == null
                    ? null
                    : new Attempt(
                            key,
                            1,
                            at,
                            row.getLong(12),
                            row.getObject(13, Integer.class),
                            null,
                            null,
                            body == null ? null : new String(body, UTF_8));
        }
    }
}
