package io.waypost.store.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.store.jdbc.EventBlock.Entry;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.stereotype.Component;

/**
 * Schema version 27: moves the events, until then a row each, into blocks. Each step is committed, so that what is stopped on
 * the way goes on where it was.
 */
@Component
public final class EventsIntoBlocks implements JavaMigration {

    private static final Logger log = LoggerFactory.getLogger(EventsIntoBlocks.class);

    private static final int EVENTS_AT_ONCE = 2_000;
    private static final long BYTES_AT_ONCE = 8L * 1024 * 1024;

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("27");
    }

    @Override
    public String getDescription() {
        return "events into blocks";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    @Override
    public void migrate(Context context) throws SQLException {
        var connection = context.getConnection();
        var database = new SingleConnectionDataSource(connection, true);
        var template = new JdbcTemplate(database);
        if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
            // What it would save is little, and to compress it takes longer than to write it.
            template.execute("alter table event_block alter column data set storage external");
        }
        var steps = new Steps(JdbcClient.create(database), template);
        var autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            while (steps.next()) {
                connection.commit();
            }
            template.execute("drop table event");
            connection.commit();
        } finally {
            connection.setAutoCommit(autoCommit);
        }
        if (steps.moved > 0) {
            log.info("{} events are stored in blocks now", steps.moved);
        }
    }

    private static final class Steps {

        private final JdbcClient jdbc;
        private final EventBlocks blocks;
        private final EventKeys keys;
        private long moved;

        Steps(JdbcClient jdbc, JdbcTemplate template) {
            this.jdbc = jdbc;
            this.blocks = new EventBlocks(jdbc, template);
            this.keys = new EventKeys(jdbc, template);
        }

        private record Sized(long seq, long bytes) {}

        private record Former(Entry entry, EventKeys.@Nullable Key key) {}

        /** @return false if nothing is left to move */
        boolean next() {
            var from = jdbc.sql("select last_seq from event_block order by first_seq desc limit 1")
                            .query(Long.class)
                            .optional()
                            .orElse(0L)
                    + 1;
            var to = end(from);
            if (to < from) {
                return false;
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
            moved += events.size();
            return true;
        }

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
