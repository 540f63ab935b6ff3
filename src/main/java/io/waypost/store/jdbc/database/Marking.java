package io.waypost.store.jdbc.database;

import io.waypost.platform.Texts;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.Worker;
import io.waypost.platform.files.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Writes the {@link Mark} of this node every few seconds, and when the node stops. The file is in the data directory; a
 * node on a shared database may have no such directory, and writes no mark then.
 */
@Component
class Marking implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Marking.class);

    private static final Duration PACE = Duration.ofSeconds(3);

    private final JdbcClient jdbc;
    private final Clock clock;
    private final Path directory;
    private final Path file;
    private final boolean shared;
    private volatile boolean running;
    private CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Worker worker;
    private @Nullable Mark written;
    private boolean unwritable;
    private boolean wentBack;

    Marking(JdbcClient jdbc, Clock clock, WaypostProperties properties) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.directory = directoryOf(properties);
        this.file = fileOf(properties);
        this.shared = properties.db().shared();
    }

    static Path fileOf(WaypostProperties properties) {
        return directoryOf(properties).resolve(Mark.FILE);
    }

    private static Path directoryOf(WaypostProperties properties) {
        return properties.dataDir().toAbsolutePath().normalize();
    }

    /** Reads the state of the database, and writes the mark if the state has changed. */
    synchronized void round() {
        try {
            look();
        } catch (DataAccessException | TransactionException e) {
            // Failures of the database are logged elsewhere.
            log.debug("What is in the database is not known now: {}", Texts.cause(e));
        }
        var last = written;
        if (last != null && Files.notExists(file)) {
            // If the whole data directory was deleted, the next start would silently begin with an empty database
            // without
            // the mark.
            write(last);
        }
    }

    private void look() {
        var found = Installation.mark(jdbc, clock.instant()).orElse(null);
        var last = written;
        if (found == null || (last != null && found.isSameState(last))) {
            return;
        }
        if (last != null && (!found.database().equals(last.database()) || found.seq() < last.seq())) {
            if (!wentBack) {
                wentBack = true;
                log.error(
                        "The database has lost what was in it: it was {} up to event {}, and is {} up to event {} now",
                        last.database(),
                        last.seq(),
                        found.database(),
                        found.seq());
            }
            return;
        }
        wentBack = false;
        if (!shared) {
            // In H2 a commit is visible a moment before it is on disk.
            jdbc.sql("checkpoint sync").update();
        }
        write(found);
    }

    private void write(Mark mark) {
        try {
            if (shared && Files.notExists(directory)) {
                return;
            }
            PrivateFiles.makeDirectory(directory);
            mark.write(file);
            written = mark;
            unwritable = false;
        } catch (IOException e) {
            if (!unwritable) {
                unwritable = true;
                log.warn("What is in the database cannot be noted in {}: {}", file, e.toString());
            }
        }
    }

    private void run() {
        try {
            while (!ended.await(PACE.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    round();
                } catch (RuntimeException | Error e) {
                    log.warn("What is in the database could not be noted in {}: {}", file, Texts.cause(e));
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void start() {
        running = true;
        ended = new CountDownLatch(1);
        round();
        worker = Worker.start("mark", this::run);
    }

    @Override
    public void stop() {
        running = false;
        ended.countDown();
        var started = worker;
        if (started != null) {
            started.awaitEnd(PACE);
        }
        round();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stops after the writer of the log. */
    @Override
    public int getPhase() {
        return -5;
    }
}
