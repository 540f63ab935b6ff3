package io.waypost.store.jdbc.database;

import io.waypost.platform.WaypostProperties;
import io.waypost.platform.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The database. Of the embedded one it is known, too, what room its disk has, and what it could not write. */
@Component
class JdbcStorage implements Storage {

    /** Less is no proof, in bytes: what can be tried out is small, and the next events may not be. */
    static final long ENOUGH = 1024 * 1024;

    private final DataSource dataSource;
    private final JdbcClient jdbc;
    private final @Nullable Path directory;

    JdbcStorage(DataSource dataSource, JdbcClient jdbc, WaypostProperties properties) {
        this.dataSource = dataSource;
        this.jdbc = jdbc;
        this.directory = properties.db().shared() ? null : properties.dataDir();
    }

    @Override
    public void look() {
        var failure = embedded().map(EmbeddedDatabase::failure);
        if (failure.isPresent()) {
            throw new DataAccessResourceFailureException("The database had to close", failure.get());
        }
        jdbc.sql("select last_seq from log_head where id = 1").query(Long.class).single();
    }

    @Override
    public void tryOut() {
        var room = room();
        if (room.isPresent() && room.getAsLong() < ENOUGH) {
            throw new DataAccessResourceFailureException("%d KiB are left on the disk of %s, and %d KiB are needed"
                    .formatted(room.getAsLong() / 1024, directory, ENOUGH / 1024));
        }
        jdbc.sql("update log_head set last_seq = last_seq where id = 1").update();
        embedded().ifPresent(EmbeddedDatabase::forgetFailure);
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
            return OptionalLong.of(room(directory));
        } catch (IOException e) {
            throw new DataAccessResourceFailureException("The disk of " + directory + " cannot be looked at", e);
        }
    }

    /** Bytes that may still be written into the directory. */
    static long room(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }
}
