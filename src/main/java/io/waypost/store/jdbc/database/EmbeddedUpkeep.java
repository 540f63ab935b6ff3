package io.waypost.store.jdbc.database;

import io.waypost.platform.Texts;
import io.waypost.platform.Worker;
import io.waypost.platform.storage.StorageWatch;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Runs {@link FileUpkeep} on the embedded database while it is open; does nothing for other databases. */
@Component
class EmbeddedUpkeep implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedUpkeep.class);

    /** The longest wait at the stop for a round to end, so that it does not run while the database is closed. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(5);

    private final DataSource dataSource;
    private final StorageWatch storage;
    private final FileUpkeep upkeep = new FileUpkeep();
    private volatile CountDownLatch stopped = new CountDownLatch(0);
    private volatile @Nullable Worker worker;

    EmbeddedUpkeep(DataSource dataSource, StorageWatch storage) {
        this.dataSource = dataSource;
        this.storage = storage;
    }

    private void round() throws InterruptedException {
        var store = EmbeddedDatabase.below(dataSource)
                .map(EmbeddedDatabase::openStore)
                .orElse(null);
        if (store != null && !storage.fails()) {
            upkeep.round(store, storage.room().orElse(0));
        }
        var _ = stopped.await(FileUpkeep.PACE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void failed(Throwable cause) {
        log.warn("The file of the database could not be made smaller: {}", Texts.cause(cause));
    }

    @Override
    public void start() {
        stopped = new CountDownLatch(1);
        if (EmbeddedDatabase.below(dataSource).isPresent()) {
            worker = Worker.repeat("upkeep", this::isRunning, this::round, FileUpkeep.PACE, this::failed);
        }
    }

    @Override
    public void stop() {
        stopped.countDown();
        var started = worker;
        if (started != null) {
            started.awaitEnd(LONGEST_STOP);
        }
    }

    @Override
    public boolean isRunning() {
        return stopped.getCount() > 0;
    }

    /** The same phase as the writer of the log. */
    @Override
    public int getPhase() {
        return 0;
    }
}
