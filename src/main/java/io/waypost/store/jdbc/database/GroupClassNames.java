package io.waypost.store.jdbc.database;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Schema version 24. The groups of the aggregations hold serialized Java objects whose classes have been renamed. Names are
 * serialized with their length before them (Java Object Serialization Specification, section 6.4), so they can be replaced
 * in the bytes.
 */
@Component
public final class GroupClassNames implements JavaMigration {

    private static final List<Renamed> IN_BUFFERS = List.of(
            new Renamed("io.waypost.delivery.Span", "io.waypost.delivery.MissedRange"),
            new Renamed("io.waypost.delivery.Span$Stretches", "io.waypost.delivery.MissedRange$Segments"),
            new Renamed("Lio/waypost/delivery/Span$Stretches;", "Lio/waypost/delivery/MissedRange$Segments;"),
            new Renamed("stretches", "segments"));

    private static final List<Renamed> IN_BATCHES =
            List.of(new Renamed("io.waypost.delivery.batch.Gathering", "io.waypost.delivery.batch.PendingBatch"));

    private record Renamed(byte[] from, byte[] to) {

        private Renamed(String from, String to) {
            this(withLength(from), withLength(to));
        }

        /** The name as {@link java.io.DataOutput#writeUTF} writes it, which for ASCII is one byte per character. */
        private static byte[] withLength(String name) {
            var characters = name.getBytes(StandardCharsets.US_ASCII);
            var bytes = new ByteArrayOutputStream();
            bytes.write(characters.length >> 8);
            bytes.write(characters.length);
            bytes.writeBytes(characters);
            return bytes.toByteArray();
        }
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("24");
    }

    @Override
    public String getDescription() {
        return "group class names";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public void migrate(Context context) throws SQLException {
        var connection = context.getConnection();
        rename(connection, "replay_buffer", IN_BUFFERS);
        rename(connection, "replay_buffer_completed", IN_BUFFERS);
        rename(connection, "batch_group", IN_BATCHES);
        rename(connection, "batch_group_completed", IN_BATCHES);
    }

    private static void rename(Connection connection, String table, List<Renamed> names) throws SQLException {
        try (var read = connection.prepareStatement("select id, exchange from " + table);
                var write = connection.prepareStatement("update " + table + " set exchange = ? where id = ?");
                var rows = read.executeQuery()) {
            while (rows.next()) {
                var bytes = rows.getBytes(2);
                for (var name : names) {
                    bytes = replaced(bytes, name);
                }
                write.setBytes(1, bytes);
                write.setString(2, rows.getString(1));
                write.addBatch();
            }
            write.executeBatch();
        }
    }

    private static byte[] replaced(byte[] bytes, Renamed name) {
        var result = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; ) {
            if (startsAt(bytes, i, name.from)) {
                result.writeBytes(name.to);
                i += name.from.length;
            } else {
                result.write(bytes[i++]);
            }
        }
        return result.toByteArray();
    }

    private static boolean startsAt(byte[] bytes, int offset, byte[] wanted) {
        if (offset + wanted.length > bytes.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (bytes[offset + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
