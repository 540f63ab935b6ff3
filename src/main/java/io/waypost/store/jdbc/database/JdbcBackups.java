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

/** Copies of the embedded database, made by H2 while events come in, in {@code DATA_DIR/backups}. */
@Component
class JdbcBackups implements Backups {

    private static final Logger log = LoggerFactory.getLogger(JdbcBackups.class);

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** Ends the name of what is not finished. */
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
            var file = Files.move(draft, free(name), StandardCopyOption.ATOMIC_MOVE);
            var made = new Made(file, Files.size(file), at);
            log.info("Backup written: {}, {} bytes", made.file(), made.bytes());
            return made;
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /** What a process that was cut off left behind. */
    private void removeDrafts() throws IOException {
        try (var drafts = Files.newDirectoryStream(directory, "*" + DRAFT)) {
            for (var draft : drafts) {
                Files.delete(draft);
            }
        }
    }

    /** One that is there is never written over, also if the clock goes back. */
    private Path free(String name) {
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
