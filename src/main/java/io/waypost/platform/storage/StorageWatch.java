package io.waypost.platform.storage;

import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import io.waypost.platform.Worker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Knows whether anything can be stored. It is told by those who store, and asks when they have been silent for a second.
 * Once something could not be written it takes a write to believe that it can be again; until then whoever can wait does,
 * and the rest is turned away.
 */
@Component
public class StorageWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(StorageWatch.class);

    private static final Duration PACE = Duration.ofSeconds(1);

    /** After so long without an answer it is said that there is none. */
    private static final Duration SILENCE = Duration.ofMillis(1_500);

    /** A database that is started anew, or whose part is taken by another, is back within a few seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Storage storage;
    private final Clock clock;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile @Nullable Failure failure;
    private volatile OptionalLong room = OptionalLong.empty();
    private volatile Optional<Storage.Size> size = Optional.empty();
    private volatile long answeredNanos = System.nanoTime();
    private volatile long askedNanos;
    private volatile boolean asking;
    private volatile boolean running;
    private @Nullable Worker worker;

    /** @param cause the latest, in one line */
    private record Failure(Instant since, long sinceNanos, String cause) {}

    public StorageWatch(Storage storage, Clock clock) {
        this.storage = storage;
        this.clock = clock;
    }

    /** Why nothing can be stored just now, in a sentence; null if it can be. Asks nobody, and waits for nothing. */
    public @Nullable String trouble() {
        var known = failure;
        if (known != null) {
            return "Nothing can be stored since %s: %s".formatted(known.since, known.cause);
        }
        var silence = System.nanoTime() - Math.max(askedNanos, answeredNanos);
        return asking && silence > SILENCE.toNanos()
                ? "The database has not answered for %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(silence))
                : null;
    }

    /** Bytes that could still be written when that was last looked up; empty if that cannot be known. */
    public OptionalLong room() {
        return room;
    }

    /** How large it was when that was last looked up; empty if that cannot be known. */
    public Optional<Storage.Size> size() {
        return size;
    }

    /** To be called by whoever could not store something. */
    public void failed(Throwable cause) {
        lock.lock();
        try {
            var known = failure;
            if (known == null) {
                log.warn("Nothing can be stored, publishers are told to come back: {}", Texts.cause(cause));
                failure = new Failure(clock.instant(), System.nanoTime(), Texts.cause(cause));
                changed.signalAll();
            } else {
                failure = new Failure(known.since, known.sinceNanos, Texts.cause(cause));
            }
        } finally {
            lock.unlock();
        }
    }

    /** To be called by whoever has stored something: then it need not be asked. */
    public void stored() {
        answeredNanos = System.nanoTime();
    }

    private void recovered() {
        lock.lock();
        try {
            var known = failure;
            if (known != null) {
                log.warn("Everything can be stored again; it could not be since {}", known.since);
                failure = null;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether something could not be stored, and nothing has been since. */
    public boolean fails() {
        return failure != null;
    }

    /**
     * Waits, at most so long, until something can be stored; as a rule that is at once.
     *
     * @return whether it can be, so far as is known
     */
    public boolean await(Duration most) throws InterruptedException {
        if (failure == null) {
            return true;
        }
        lock.lock();
        try {
            var left = most.toNanos();
            while (failure != null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return failure == null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns when something can be stored, so far as is known: at once as a rule, and some seconds later if a failure has
     * just begun.
     *
     * @throws Refused (overloaded) if it lasts
     */
    public void verify() {
        try {
            for (var known = failure; known != null; known = failure) {
                var left = PATIENCE.minusNanos(System.nanoTime() - known.sinceNanos);
                if (!left.isPositive()) {
                    throw Refused.overloaded("Nothing can be stored just now; try again", RETRY_AFTER);
                }
                await(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refused.overloaded("The gateway is stopping", RETRY_AFTER, e);
        }
    }

    private void look() throws InterruptedException {
        askedNanos = System.nanoTime();
        asking = true;
        try {
            room = storage.room();
            size = storage.size();
            if (failure != null) {
                storage.tryOut();
                recovered();
            } else if (askedNanos - answeredNanos >= PACE.toNanos()) {
                storage.look();
                answeredNanos = System.nanoTime();
            }
        } finally {
            asking = false;
        }
        pause();
    }

    /** A failure that has just begun may be one of a single statement: that shows at once. */
    private void pause() throws InterruptedException {
        lock.lock();
        try {
            var left = PACE.toNanos();
            while (running && left > 0 && failure == null) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.repeat("storage-watch", this::isRunning, this::look, PACE, this::failed);
    }

    @Override
    public void stop() {
        lock.lock();
        try {
            running = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        var started = worker;
        if (started != null) {
            started.awaitEnd(PACE);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** As long as the writer of the log runs. */
    @Override
    public int getPhase() {
        return 0;
    }
}
