package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.EventBlock.Entry;
import io.waypost.store.jdbc.database.DataMove;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Moves the events, which had a row each until version 26 of the schema, into blocks. A step is a transaction that locks the end of
 * the log, so that of several nodes one goes on where the other was.
 */
@Component
public final class EventsIntoBlocks implements DataMove {

    private static final Logger log = LoggerFactory.getLogger(EventsIntoBlocks.class);

    private static final int EVENTS_AT_ONCE = 2_000;
    private static final long BYTES_AT_ONCE = 8L * 1024 * 1024;

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
            log.info("{} events are stored in blocks now", moved);
        }
    }

    /** Whether there is a table of this name, which has lower case letters. */
    static boolean isThere(String table, JdbcClient jdbc) {
        return !jdbc.sql("""
                        select 1
                          from information_schema.tables
                         where lower(table_name) = :table
                           and table_schema = current_schema
                        """).param("table", table).query().listOfRows().isEmpty();
    }

    private static final class Steps {

        private final JdbcClient jdbc;
        private final JdbcTemplate template;
        private final EventBlocks blocks;
        private final EventKeys keys;

        Steps(JdbcTemplate template) {
            this.template = template;
            this.jdbc = JdbcClient.create(template);
            this.blocks = new EventBlocks(jdbc, template);
            this.keys = new EventKeys(jdbc, template);
        }

        /** @return how many events were moved; 0 if none are left, and their table is gone */
        int next() {
            jdbc.sql("select last_seq from log_head where id = 1 for update")
                    .query(Long.class)
                    .single();
            if (!isThere("event", jdbc)) {
                return 0;
            }
            var from = jdbc.sql("select last_seq from event_block order by first_seq desc limit 1")
                            .query(Long.class)
                            .optional()
                            .orElse(0L)
                    + 1;
            if (from == 1 && isPostgres()) {
                // Compressing them would save little, and takes longer than writing them.
                template.execute("alter table event_block alter column data set storage external");
            }
            var to = end(from);
            if (to < from) {
                template.execute("drop table if exists event");
                return 0;
            }
            var events = jdbc.sql("""
                            select seq, received_at, tenant, type, source, source_id, subject, occurred_at, test,
                                   attributes, data, base64, deduplication_key
                              from event
                             where seq between :from and :to
                             order by seq
                            """)
                    .param("from", from)
                    .param("to", to)
                    .query(Steps::former)
                    .list();
            blocks.insert(events.stream().map(Former::entry).toList());
            keys.insert(
                    events.stream().map(Former::key).filter(Objects::nonNull).toList());
            return events.size();
        }

        private boolean isPostgres() {
            ConnectionCallback<String> product =
                    connection -> connection.getMetaData().getDatabaseProductName();
            return "PostgreSQL".equals(template.execute(product));
        }

        private record Former(Entry entry, EventKeys.@Nullable Key key) {}

        private record Sized(long seq, long bytes) {}

        /** The last event that may be moved together with the first. */
        private long end(long from) {
            var sizes = jdbc.sql(
                            "select seq, octet_length(data) from event where seq >= :from order by seq limit :most")
                    .param("from", from)
                    .param("most", EVENTS_AT_ONCE)
                    .query((row, _) -> new Sized(row.getLong(1), row.getLong(2)))
                    .list();
            var end = from - 1;
            var bytes = 0L;
            for (var event : sizes) {
                if (bytes >= BYTES_AT_ONCE) {
                    break;
                }
                end = event.seq;
                bytes += event.bytes;
            }
            return end;
        }

        private static Former former(ResultSet row, int number) throws SQLException {
            var attributes = row.getBytes(10);
            var event = new Event(
                    row.getLong(1),
                    Ids.instant(row.getLong(2)),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7),
                    Ids.instant(row.getLong(8)),
                    row.getBoolean(9),
                    attributes == null ? null : new String(attributes, UTF_8),
                    new String(row.getBytes(11), UTF_8),
                    row.getBoolean(12));
            var id = event.sourceId();
            var former = row.getBytes(13);
            var key = id != null
                    ? EventKeys.ofId(event.tenant(), event.source(), id)
                    : former == null ? null : ByteBuffer.wrap(former);
            return new Former(
                    new Entry(event, id == null ? former : null),
                    key == null ? null : new EventKeys.Key(key, event.seq(), row.getLong(2)));
        }
    }
}
