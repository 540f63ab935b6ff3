package io.waypost.platform.storage;

import io.waypost.platform.Fault;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import io.waypost.platform.Worker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.stereotype.Component;

/**
 * Knows whether anything can be stored. It is told by those who store, and finds out by itself when they have been silent for
 * a moment. Once something could not be written it takes a write to believe that it can be again; until then whoever can wait
 * does, and the rest is turned away. Whoever asks for its state gets an answer at once, whatever the database does.
 */
@Component
public class StorageWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(StorageWatch.class);

    /** So long after the last write, or look, the next look begins. With the silence, less than two seconds. */
    private static final Duration PACE = Duration.ofMillis(600);

    /** After so long without an answer it is said that there is none. */
    private static final Duration SILENCE = Duration.ofMillis(1_300);

    /** After so long it counts as a failure, too; a machine that is busy may take longer than the silence. */
    private static final Duration HUNG = Duration.ofSeconds(3);

    /** What hangs is not waited for by what comes after it; so many looks may hang at once. */
    private static final int MOST_LOOKS = 3;

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

    /** How long what was set aside is spoken of. */
    private static final Duration ASIDE = Duration.ofSeconds(60);

    /** A database that is started anew, or whose part is taken by another, is back within a few seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Storage storage;
    private final Clock clock;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Fault fault =
            new Fault(log, "Nothing can be stored, publishers are told to come back", "Everything can be stored again");
    private final Semaphore looks = new Semaphore(MOST_LOOKS);
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("storage-look").factory());
    private volatile @Nullable Failure failure;
    private volatile @Nullable Aside aside;
    private volatile OptionalLong room = OptionalLong.empty();
    private volatile Optional<Storage.Size> size = Optional.empty();
    private volatile long answeredNanos = System.nanoTime();

    /** When the latest try began that has written something after a failure. */
    private volatile long provenNanos = answeredNanos;

    private volatile long askedNanos;
    private volatile boolean asking;
    private volatile boolean running;
    private @Nullable Worker worker;

    /**
     * @param cause the latest, in one line
     * @param lastNanos of the latest: only what was tried after it can say that it is over
     */
    private record Failure(Instant since, long sinceNanos, long lastNanos, String cause) {}

    /** Something that could not be written, though the rest can be. */
    private record Aside(long atNanos, String what) {}

    public StorageWatch(Storage storage, Clock clock) {
        this.storage = storage;
        this.clock = clock;
    }

    /**
     * What is wrong with what is stored just now, in a sentence: nothing can be, or something had to be set aside in the last
     * minute; null if all is well. Asks nobody, and waits for nothing.
     */
    public @Nullable String trouble() {
        var known = failure;
        if (known != null) {
            return "Nothing can be stored since %s: %s".formatted(known.since, known.cause);
        }
        var silence = System.nanoTime() - Math.max(askedNanos, answeredNanos);
        if (asking && silence > SILENCE.toNanos()) {
            return "The database has not answered for %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(silence));
        }
        var left = aside;
        return left != null && System.nanoTime() - left.atNanos < ASIDE.toNanos()
                ? "Not everything can be stored, and what cannot is set aside: " + left.what
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
            var now = System.nanoTime();
            fault.failed(cause);
            if (known == null) {
                failure = new Failure(clock.instant(), now, now, Texts.cause(cause));
                changed.signalAll();
            } else {
                failure = new Failure(known.since, known.sinceNanos, now, Texts.cause(cause));
            }
        } finally {
            lock.unlock();
        }
    }

    /** A mark to tell {@link #failed(Throwable, long)} when something began. */
    public long now() {
        return System.nanoTime();
    }

    /**
     * As {@link #failed(Throwable)}, for what may have hung for long before it failed: no news if it has been
     * {@linkplain Storage#tryOut() tried out} since it began.
     *
     * @param beganNanos what {@link #now} said when it began
     */
    public void failed(Throwable cause, long beganNanos) {
        if (provenNanos - beganNanos < 0) {
            failed(cause);
        } else {
            log.debug("Failed late, of a fault that is over", cause);
        }
    }

    /** To be called when nothing is left of what had been set aside. */
    public void nothingAside() {
        aside = null;
    }

    /**
     * To be called by whoever has left out something that cannot be stored, so that the rest can be. It is told for a minute, or until there
     * is {@linkplain #nothingAside() nothing aside}.
     *
     * @param what in a line
     */
    public void setAside(String what) {
        aside = new Aside(System.nanoTime(), what);
    }

    /** To be called by whoever has stored something: then it need not be asked. */
    public void stored() {
        answeredNanos = System.nanoTime();
    }

    /** @param triedNanos when the try began that has shown it */
    private void recovered(long triedNanos) {
        lock.lock();
        try {
            var known = failure;
            if (known != null && triedNanos - known.lastNanos >= 0) {
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
                    fault.met();
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
        if (failure == null && System.nanoTime() - answeredNanos < PACE.toNanos()) {
            room = storage.room();
            size = storage.size();
        } else if (looks.tryAcquire(PACE.toNanos(), TimeUnit.NANOSECONDS)) {
            var look = new CompletableFuture<Void>();
            if (!asking) {
                askedNanos = System.nanoTime();
                asking = true;
            }
            threads.execute(() -> ask(look));
            await(look);
        } else {
            failed(notAnswered());
        }
        if (failure == null) {
            fault.over();
        }
        pause();
    }

    /** One look, on a thread that nothing else waits for: it may hang. */
    private void ask(CompletableFuture<Void> look) {
        var began = System.nanoTime();
        try {
            room = storage.room();
            size = storage.size();
            if (failure == null) {
                storage.look();
            } else {
                storage.tryOut();
                provenNanos = began;
                recovered(began);
            }
            asking = false;
            answeredNanos = System.nanoTime();
            look.complete(null);
        } catch (RuntimeException | Error e) {
            asking = false;
            look.completeExceptionally(e);
        } finally {
            looks.release();
        }
    }

    private void await(CompletableFuture<Void> look) throws InterruptedException {
        try {
            look.get(HUNG.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            failed(notAnswered());
        } catch (ExecutionException e) {
            failed(e.getCause() == null ? e : e.getCause());
        }
    }

    private QueryTimeoutException notAnswered() {
        return new QueryTimeoutException("The database has not answered for %d s"
                .formatted(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - answeredNanos)));
    }

    /** A failure that has just begun may be one of a single statement: that shows at once. */
    private void pause() throws InterruptedException {
        lock.lock();
        try {
            var fails = failure != null;
            var left = fails ? PAUSE_AFTER_FAILURE.toNanos() : PACE.toNanos();
            while (running && left > 0 && (fails || failure == null)) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.repeat("storage-watch", this::isRunning, this::look, PAUSE_AFTER_FAILURE, this::failed);
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
