package io.waypost.event;

import io.waypost.event.EventLog.Appended;
import io.waypost.platform.Refused;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.Worker;
import io.waypost.platform.storage.StorageWatch;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Group commit: publishers hand in, one thread stores what has gathered meanwhile in a single transaction, and all of them
 * are answered together.
 */
@Component
class LogWriter implements SmartLifecycle {

    /** A transaction takes at most this many events, and (but for a single larger request) this much data. */
    private static final int MOST_EVENTS = 2_000;

    /** What it stores is handed on in so many stretches at most; the rest is read from the log again. */
    private static final int MOST_STRETCHES = 8;

    private static final long MOST_BYTES = 16L * 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(5);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final EventLog eventLog;
    private final Appends appends;
    private final StorageWatch storage;
    private final Clock clock;
    private final WaypostProperties.Log settings;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition handedIn = lock.newCondition();
    private final Queue<Request> queue = new ArrayDeque<>();
    private int queued;
    private long queuedBytes;
    private volatile boolean running;
    private @Nullable Worker worker;

    LogWriter(EventLog eventLog, Appends appends, StorageWatch storage, Clock clock, WaypostProperties properties) {
        this.eventLog = eventLog;
        this.appends = appends;
        this.storage = storage;
        this.clock = clock;
        this.settings = properties.log();
    }

    private record Request(List<NewEvent> events, long bytes, CompletableFuture<Appended> answer) {}

    /**
     * Stores them, all or none, and returns when they are on disk.
     *
     * @throws Refused (overloaded) if too much waits to be stored, or the database cannot be reached
     */
    List<Receipt> append(List<NewEvent> events) {
        storage.verify();
        var bytes = events.stream().mapToLong(e -> e.data().length()).sum();
        var request = new Request(events, bytes, new CompletableFuture<>());
        handIn(request);
        try {
            return switch (request.answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                case Appended.Stored(var receipts) -> receipts;
                case Appended.Failed(var cause) ->
                    throw new IllegalStateException("the database refuses this event", cause);
            };
        } catch (ExecutionException | TimeoutException e) {
            throw Refused.overloaded("The events could not be stored; try again", RETRY_AFTER, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refused.overloaded("The gateway is stopping", RETRY_AFTER, e);
        }
    }

    private void handIn(Request request) {
        lock.lock();
        try {
            if (!running) {
                throw Refused.overloaded("The gateway is stopping or not ready yet", RETRY_AFTER);
            }
            if (queued > 0 && (queued + request.events.size() > settings.queue() || queuedBytes > 4 * MOST_BYTES)) {
                throw Refused.overloaded("Too many events wait to be stored", Duration.ofSeconds(1));
            }
            queue.add(request);
            queued += request.events.size();
            queuedBytes += request.bytes;
            handedIn.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (true) {
            var requests = next();
            if (requests.isEmpty()) {
                return;
            }
            store(requests);
        }
    }

    /** Waits for requests; empty means: stopped, and nothing is left. */
    private List<Request> next() {
        lock.lock();
        try {
            while (queue.isEmpty() && running) {
                handedIn.awaitUninterruptibly();
            }
            var taken = new ArrayList<Request>();
            var events = 0;
            var bytes = 0L;
            for (var request = queue.peek();
                    request != null
                            && (taken.isEmpty()
                                    || (events + request.events.size() <= MOST_EVENTS
                                            && bytes + request.bytes <= MOST_BYTES));
                    request = queue.peek()) {
                queue.remove();
                taken.add(request);
                events += request.events.size();
                bytes += request.bytes;
            }
            queued -= events;
            queuedBytes -= bytes;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void store(List<Request> requests) {
        var places = appends.reserve(MOST_STRETCHES);
        var taken = List.<Stretch>of();
        try {
            var leases = new EventLog.Leases(places, settings.stretch(), settings.lease());
            var appending =
                    eventLog.append(requests.stream().map(Request::events).toList(), clock.instant(), leases);
            taken = appending.taken();
            storage.stored();
            var answers = appending.answers();
            for (int i = 0; i < answers.size(); i++) {
                requests.get(i).answer.complete(answers.get(i));
            }
        } catch (RuntimeException | Error e) {
            storage.failed(e);
            requests.forEach(request -> request.answer.completeExceptionally(e));
        } finally {
            appends.hand(taken, places);
            appends.signal();
        }
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.start("log-writer", this::run);
    }

    /** Stores what was handed in before, then ends. */
    @Override
    public void stop() {
        lock.lock();
        try {
            running = false;
            handedIn.signal();
        } finally {
            lock.unlock();
        }
        var started = worker;
        if (started != null) {
            started.awaitEnd(LONGEST_STOP);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before the routes and the web server start, after they stop. */
    @Override
    public int getPhase() {
        return 0;
    }
}
