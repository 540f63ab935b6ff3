package io.waypost.store.jdbc.database;

import io.waypost.platform.Refused;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.files.PrivateFiles;
import io.waypost.platform.storage.Backups;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Backups of the embedded database in {@code DATA_DIR/backups}. H2 makes them while the gateway is running. */
@Component
class JdbcBackups implements Backups {

    private static final Logger log = LoggerFactory.getLogger(JdbcBackups.class);

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** The suffix of unfinished files. */
    private static final String DRAFT = ".new";

    private final DataSource dataSource;
    private final JdbcClient jdbc;
    private final Clock clock;
    private final Path directory;
    private final ReentrantLock busy = new ReentrantLock();

    JdbcBackups(DataSource dataSource, JdbcClient jdbc, Clock clock, WaypostProperties properties) {
        this.dataSource = dataSource;
        this.jdbc = jdbc;
        this.clock = clock;
        this.directory = properties.dataDir().toAbsolutePath().normalize().resolve("backups");
    }

    @Override
    public Made make() {
        if (EmbeddedDatabase.below(dataSource).isEmpty()) {
            throw Refused.conflict("The database is not the embedded one; back it up with its own tools (pg_dump)");
        }
        if (!busy.tryLock()) {
            throw Refused.conflict("A backup is being made");
        }
        try {
            return make(clock.instant());
        } catch (IOException e) {
            throw new UncheckedIOException("The backup cannot be written to " + directory, e);
        } finally {
            busy.unlock();
        }
    }

    private Made make(Instant at) throws IOException {
        PrivateFiles.makeDirectory(directory);
        removeDrafts();
        var name = "waypost-" + STAMP.format(at);
        var draft = PrivateFiles.makeDraft(directory, name);
        try {
            jdbc.sql("backup to ?").param(draft.toString()).update();
            force(draft);
            var file = Files.move(draft, unusedName(name), StandardCopyOption.ATOMIC_MOVE);
            var made = new Made(file, Files.size(file), at);
            log.info("Backup written: {}, {} bytes", made.file(), made.bytes());
            return made;
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /** Deletes unfinished files of a process that was killed. */
    private void removeDrafts() throws IOException {
        try (var drafts = Files.newDirectoryStream(directory, "*" + DRAFT)) {
            for (var draft : drafts) {
                Files.delete(draft);
            }
        }
    }

    /** A name that is not in use. An existing file is never overwritten, even if the clock goes back. */
    private Path unusedName(String name) {
        var file = directory.resolve(name + ".zip");
        for (int other = 2; Files.exists(file); other++) {
            file = directory.resolve(name + "-" + other + ".zip");
        }
        return file;
    }

    private static void force(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }
}
