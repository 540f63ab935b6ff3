package io.waypost.store.jdbc.database;

import io.waypost.platform.WaypostProperties;
import io.waypost.platform.storage.Storage;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.stereotype.Component;

/**
 * Checks whether the database can be written to. For the embedded one this includes the free space on its disk and failed
 * writes.
 */
@Component
class JdbcStorage implements Storage {

    /** With fewer free bytes the storage counts as full: a trial write is small and proves nothing about larger events. */
    static final long ENOUGH = 1024 * 1024;

    /** The network timeout of a trial write to PostgreSQL. */
    private static final Duration NETWORK = Duration.ofSeconds(2);

    /** The size of a trial event in bytes: more than one page of PostgreSQL has free, so that new space is needed. */
    private static final int AN_EVENT = 64 * 1024;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final DataSource dataSource;
    private final JdbcClient jdbc;
    private final SQLExceptionTranslator translations;
    private final @Nullable Path directory;
    private final boolean postgres;
    private volatile @Nullable FileStore disk;

    JdbcStorage(
            DataSource dataSource, JdbcClient jdbc, SQLExceptionTranslator translations, WaypostProperties properties) {
        this.dataSource = dataSource;
        this.jdbc = jdbc;
        this.translations = translations;
        this.postgres = DatabaseConfiguration.isPostgres(properties.db().url());
        this.directory = properties.db().shared() ? null : properties.dataDir();
    }

    @Override
    public void look() {
        var failure = embedded().map(EmbeddedDatabase::failure);
        if (failure.isPresent()) {
            throw new DataAccessResourceFailureException("The database had to close", failure.get());
        }
        requireRoom();
        if (postgres) {
            onPostgres(JdbcStorage::touch);
            return;
        }
        jdbc.sql("select last_seq from log_head where id = 1").query(Long.class).single();
    }

    @Override
    public void tryOut() {
        requireRoom();
        if (postgres) {
            onPostgres(JdbcStorage::touch);
            onPostgres(JdbcStorage::writeAnEvent);
            return;
        }
        jdbc.sql("update log_head set last_seq = last_seq where id = 1").update();
        embedded().ifPresent(EmbeddedDatabase::forgetFailure);
    }

    private void requireRoom() {
        var room = room();
        if (room.isPresent() && room.getAsLong() < ENOUGH) {
            throw new DataAccessResourceFailureException("%d KiB are left on the disk of %s, and %d KiB are needed"
                    .formatted(room.getAsLong() / 1024, directory, ENOUGH / 1024));
        }
    }

    /** A trial write, made in a transaction of its own. */
    @FunctionalInterface
    private interface TrialWrite {
        void on(Connection connection) throws SQLException;
    }

    /** Makes a trial write. Its waits for locks and for the network are bounded to a few seconds. */
    private void onPostgres(TrialWrite attempt) {
        try (var connection = dataSource.getConnection()) {
            // The pool resets both settings.
            connection.setNetworkTimeout(Runnable::run, (int) NETWORK.toMillis());
            connection.setAutoCommit(false);
            attempt.on(connection);
            connection.commit();
        } catch (SQLException e) {
            throw Objects.requireNonNullElseGet(
                    translations.translate("trying to write", null, e),
                    () -> new UncategorizedSQLException("trying to write", null, e));
        }
    }

    /** Writes like the beginning and the end of an append. */
    private static void touch(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("set local lock_timeout = 1200");
            statement.execute("set local statement_timeout = 1500");
            statement.executeUpdate("update log_head set last_seq = last_seq where id = 1");
        }
    }

    /** Writes like the insert of a block of events, because an update in place needs no free space. */
    private static void writeAnEvent(Connection connection) throws SQLException {
        var data = new byte[AN_EVENT];
        RANDOM.nextBytes(data);
        try (var statement = connection.prepareStatement("""
                insert into event_block (first_seq, last_seq, received_at, header, data)
                values (?, 0, 0, ?, ?)
                """)) {
            // Negative, so that it is no event's number, and random, so that no other node uses the same.
            statement.setLong(1, -1 - (RANDOM.nextLong() >>> 1));
            statement.setBytes(2, data);
            statement.setBytes(3, data);
            statement.executeUpdate();
        }
        connection.rollback();
    }

    private Optional<EmbeddedDatabase> embedded() {
        return EmbeddedDatabase.below(dataSource);
    }

    @Override
    public Optional<Size> size() {
        return embedded()
                .map(EmbeddedDatabase::openStore)
                .map(MVStore::getFileStore)
                .map(FileUpkeep.Size::of)
                .map(size -> new Size(size.bytes(), size.live()));
    }

    @Override
    public OptionalLong room() {
        if (directory == null) {
            return OptionalLong.empty();
        }
        embedded().flatMap(EmbeddedDatabase::trouble).ifPresent(trouble -> {
            throw new DataAccessResourceFailureException(trouble);
        });
        try {
            var known = disk;
            if (known == null) {
                // Kept: to find it the JDK reads all that is mounted.
                known = Files.getFileStore(directory);
                disk = known;
            }
            return OptionalLong.of(known.getUsableSpace());
        } catch (IOException e) {
            throw new DataAccessResourceFailureException("The disk of " + directory + " cannot be looked at", e);
        }
    }

    /** Free bytes on the disk of the directory. */
    static long room(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }
}
