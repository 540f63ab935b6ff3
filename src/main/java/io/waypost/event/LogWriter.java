package io.waypost.event;

import io.waypost.platform.Fault;
import io.waypost.platform.Memory;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.Worker;
import io.waypost.platform.storage.StorageWatch;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;

/**
 * Group commit: publishers queue their requests, one thread stores all that are queued in a single transaction, and all of
 * these publishers are answered together. A transaction costs much the same whatever is in it, so under load it waits for a
 * few milliseconds until most of the publishers that were answered last have come again.
 */
@Component
class LogWriter implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(LogWriter.class);

    /** A transaction stores at most this many events and {@link #MOST_BYTES} of data, unless a single request is larger. */
    private static final int MOST_EVENTS = 2_000;

    /** At most this many segments of a transaction are handed over in memory; the rest is read from the log again. */
    private static final int MOST_SEGMENTS = 8;

    private static final long MOST_BYTES = Memory.share(16L * 1024 * 1024, 64);

    /** Fewer publishers at once are not waited for. */
    private static final int BUSY = 4;

    /** With so many events the price of the transaction itself is small beside theirs. */
    private static final int ENOUGH = 128;

    /** In nanoseconds. */
    private static final long SHORTEST_GATHERING = 1_000_000;

    private static final long LONGEST_GATHERING = 4_000_000;

    /**
     * How much longer a publisher waits while its events are being committed, because they cannot be withdrawn any more.
     */
    private static final Duration LONGEST_COMMIT = Duration.ofSeconds(7);

    private static final Duration LONGEST_STOP = Duration.ofSeconds(5);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Fault uncertain = new Fault(
            log, "Whether requests of publishers are stored is not known", "Requests of publishers are stored again");
    private final EventLog eventLog;
    private final Appends appends;
    private final StorageWatch storage;
    private final Clock clock;
    private final WaypostProperties.Log settings;
    private final Duration longestCommit;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition enqueued = lock.newCondition();
    private final Queue<Request> queue = new ArrayDeque<>();
    private int queued;
    private long queuedBytes;

    /** How many requests the writer waits for. */
    private int wanted = 1;

    /** How many requests the last transaction had, and how long it took. Used by the writer's thread alone. */
    private int lastTaken;

    private long lastTook;

    /** Longer in tests. */
    long shortestGathering = SHORTEST_GATHERING;

    private volatile boolean running;
    private @Nullable Worker worker;

    LogWriter(EventLog eventLog, Appends appends, StorageWatch storage, Clock clock, WaypostProperties properties) {
        this.eventLog = eventLog;
        this.appends = appends;
        this.storage = storage;
        this.clock = clock;
        this.settings = properties.log();
        var timeout = properties.db().timeout();
        this.longestCommit = timeout.compareTo(LONGEST_COMMIT) < 0 ? timeout : LONGEST_COMMIT;
    }

    /** The events of one publisher. Its mutable fields are guarded by the lock. */
    private static final class Request {

        private final List<NewEvent> events;
        private final long bytes;
        private final CompletableFuture<List<Receipt>> answer = new CompletableFuture<>();
        private boolean withdrawn;

        /** The receipts if the commit succeeds; null until the commit begins. */
        private @Nullable List<Receipt> expected;

        Request(List<NewEvent> events) {
            this.events = events;
            this.bytes = events.stream().mapToLong(e -> e.data().length()).sum();
        }

        /** The ids with which each event can be published again without being stored twice. */
        List<String> ids(List<Receipt> receipts) {
            return IntStream.range(0, events.size())
                    .mapToObj(i -> Objects.requireNonNullElse(
                            events.get(i).sourceId(), receipts.get(i).id()))
                    .toList();
        }
    }

    /** A publisher whose events are about to be committed has stopped waiting for them. */
    private static final class Withdrawn extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /**
     * Stores the events, all or none, and returns when they are on disk.
     *
     * @throws Refused (overloaded) if they are not stored and will not be, because too much waits to be stored, or the
     *     database cannot be reached
     * @throws OutcomeUnknown if it is not known whether they are stored
     */
    List<Receipt> append(List<NewEvent> events) {
        storage.verify();
        var request = new Request(events);
        enqueue(request);
        try {
            return answer(request);
        } catch (ExecutionException | TimeoutException e) {
            throw withoutAnswer(request, "The events were not stored; try again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw withoutAnswer(request, "The gateway is stopping; the events were not stored", e);
        }
    }

    private List<Receipt> answer(Request request) throws ExecutionException, InterruptedException, TimeoutException {
        try {
            return request.answer.get(settings.patience().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            if (withdraw(request)) {
                throw e;
            }
            return request.answer.get(longestCommit.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** @return whether the events are certainly not stored and will not be */
    private boolean withdraw(Request request) {
        lock.lock();
        try {
            if (request.expected == null) {
                request.withdrawn = true;
                if (queue.remove(request)) {
                    queued -= request.events.size();
                    queuedBytes -= request.bytes;
                }
            }
            return request.withdrawn;
        } finally {
            lock.unlock();
        }
    }

    private RuntimeException withoutAnswer(Request request, String notStored, Exception e) {
        if (withdraw(request)) {
            return e.getCause() instanceof DataIntegrityViolationException cause
                    ? new IllegalStateException("the database refuses this event", cause)
                    : Refused.overloaded(notStored, RETRY_AFTER, e);
        }
        return new OutcomeUnknown(request.ids(Objects.requireNonNull(request.expected)), RETRY_AFTER, e);
    }

    private void enqueue(Request request) {
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
            if (isEnough()) {
                enqueued.signal();
            }
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
            var began = System.nanoTime();
            store(requests);
            lastTaken = requests.size();
            lastTook = System.nanoTime() - began;
        }
    }

    private boolean isEnough() {
        return queue.size() >= wanted || queued >= ENOUGH;
    }

    /**
     * Waits for a request; if several publishers were there at once a moment ago, for most of theirs, but not longer than the last
     * transaction took, at least a millisecond and at most four.
     */
    private void awaitRequests() {
        var publishers = lastTaken + queue.size();
        var idleSince = System.nanoTime();
        while (queue.isEmpty() && running) {
            enqueued.awaitUninterruptibly();
        }
        if (publishers < BUSY || System.nanoTime() - idleSince > Math.max(shortestGathering, LONGEST_GATHERING)) {
            return;
        }
        wanted = publishers * 3 / 4;
        try {
            var left = Math.clamp(lastTook, shortestGathering, Math.max(shortestGathering, LONGEST_GATHERING));
            while (!isEnough() && running && left > 0) {
                left = enqueued.awaitNanos(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            wanted = 1;
        }
    }

    /**
     * Waits for requests.
     *
     * @return empty if the writer is stopped and the queue is empty
     */
    private List<Request> next() {
        lock.lock();
        try {
            do {
                awaitRequests();
                // Who was waited for may have gone again.
            } while (queue.isEmpty() && running);
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

    /** Stores them all together; if one cannot be stored, the others are stored without it. */
    private void store(List<Request> requests) {
        var began = storage.now();
        try {
            storeTogether(requests);
        } catch (Withdrawn _) {
            var left = stillWaiting(requests);
            if (!left.isEmpty()) {
                store(left);
            }
        } catch (DataIntegrityViolationException e) {
            if (requests.size() == 1) {
                requests.getFirst().answer.completeExceptionally(e);
            } else {
                requests.forEach(request -> store(List.of(request)));
            }
        } catch (RuntimeException | Error e) {
            Memory.endIfGone(e);
            storage.failed(e, began);
            if (requests.getFirst().expected != null) {
                uncertain.failed("%d requests: %s".formatted(requests.size(), Texts.cause(e)));
            }
            requests.forEach(request -> request.answer.completeExceptionally(e));
        }
    }

    private void storeTogether(List<Request> requests) {
        var places = appends.reserve(MOST_SEGMENTS);
        var taken = List.<LogSegment>of();
        var leavesSome = true;
        try {
            var appending = eventLog.append(
                    requests.stream().map(request -> request.events).toList(),
                    clock.instant(),
                    new EventLog.Leases(places, settings.segment(), settings.lease()),
                    receipts -> beforeCommit(requests, receipts));
            taken = appending.taken();
            leavesSome = appending.leavesSome();
            storage.stored();
            uncertain.over();
            for (int i = 0; i < requests.size(); i++) {
                requests.get(i).answer.complete(appending.receipts().get(i));
            }
        } finally {
            appends.handOver(taken, places);
            appends.signal(leavesSome);
        }
    }

    /** Right before the commit. From here on the outcome is unknown until the database has answered. */
    private void beforeCommit(List<Request> requests, List<List<Receipt>> receipts) {
        lock.lock();
        try {
            if (requests.stream().anyMatch(request -> request.withdrawn)) {
                throw new Withdrawn();
            }
            for (int i = 0; i < requests.size(); i++) {
                requests.get(i).expected = receipts.get(i);
            }
        } finally {
            lock.unlock();
        }
    }

    private List<Request> stillWaiting(List<Request> requests) {
        lock.lock();
        try {
            return requests.stream().filter(request -> !request.withdrawn).toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void start() {
        running = true;
        worker = Worker.start("log-writer", this::run);
    }

    /** Stores what is queued, then ends. */
    @Override
    public void stop() {
        lock.lock();
        try {
            running = false;
            enqueued.signal();
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
