package io.waypost.delivery;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.delivery.log.DueSignal;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.event.log.OpenSegments;
import io.waypost.platform.Fault;
import io.waypost.platform.Texts;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.Worker;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.storage.SqlFaults;
import io.waypost.platform.storage.StorageWatch;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Writes the updates of deliveries: one thread, many updates in one transaction, together with the health of the receivers, the
 * deactivations that follow from it, and the log segments that are finished.
 */
@Component
public class Recorder implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Recorder.class);
    private static final int MOST = 1_000;

    /**
     * A commit has a price, whatever is in it: where more updates are about to come, they are waited for so long. That many
     * at once show it, or that the last ones were written just now.
     */
    private static final Duration GATHERING = Duration.ofMillis(10);

    private static final int BUSY = 8;
    private static final Duration JUST_NOW = Duration.ofMillis(20);

    private static final Duration PAUSE_AFTER_ERROR = Duration.ofMillis(500);

    /** How often something is tried that fails for a reason that is not expected to pass. */
    private static final int TRIES = 3;

    private static final int MOST_ASIDE = 10_000;
    private static final Duration PAUSE_ASIDE = Duration.ofSeconds(5);

    /** More events than a segment has: a segment that is kept a little too long does no harm. */
    private static final long LONGEST_SEGMENT = 10_000;

    private final DeliveryLog deliveries;
    private final EventLog events;
    private final OpenSegments open;
    private final SubscriptionIndex index;
    private final HealthJudge health;
    private final TransactionTemplate transaction;
    private final DueSignal due;
    private final StorageWatch storage;
    private final Clock clock;
    private final SteadyClock steady;
    private final Duration lease;
    private final Fault fault = new Fault(
            log, "What became of deliveries cannot be written down; it is tried again", "It can be written down again");

    /** What could not be written, in its order. Used by the recorder's thread alone. */
    private final List<Entry> waiting = new ArrayList<>();

    /** Shorter in tests. */
    Duration pauseAfterError = PAUSE_AFTER_ERROR;

    /** By the steady clock. */
    private Instant writtenAt = Instant.EPOCH;

    private Instant tryAsideAt = Instant.MIN;
    private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();
    private volatile boolean running;
    private volatile boolean ended;
    private @Nullable Worker worker;

    Recorder(
            DeliveryLog deliveries,
            EventLog events,
            OpenSegments open,
            SubscriptionIndex index,
            HealthJudge health,
            TransactionTemplate transaction,
            DueSignal due,
            StorageWatch storage,
            Clock clock,
            WaypostProperties properties) {
        this.deliveries = deliveries;
        this.events = events;
        this.open = open;
        this.index = index;
        this.health = health;
        this.transaction = transaction;
        this.due = due;
        this.storage = storage;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.lease = properties.log().lease();
    }

    private sealed interface Entry {}

    /** Nothing to write: wakes the thread that writes, so that it sees that it is to stop. */
    private record Wake() implements Entry {}

    private record Settled(DeliveryUpdate update, @Nullable CompletableFuture<Void> written, boolean urgent)
            implements Entry {}

    private record Finished(LogSegment.Key segment, boolean hasOrdered) implements Entry {}

    /** Writes the update soon. The updates of one thread are written in their order. */
    public void record(DeliveryUpdate update) {
        queue.add(new Settled(update, null, false));
    }

    /** As {@link #record}. The future completes when the update is on disk, and is cancelled if the gateway stops before. */
    public CompletableFuture<Void> recordAndTell(DeliveryUpdate update) {
        return recordAndTell(update, false);
    }

    /** @param urgent whether it is written without waiting for others, because the next delivery waits for it */
    CompletableFuture<Void> recordAndTell(DeliveryUpdate update, boolean urgent) {
        var written = new CompletableFuture<Void>();
        queue.add(new Settled(update, written, urgent));
        if (ended) {
            tellUnwritten();
        }
        return written;
    }

    /**
     * Finishes the segment, after all updates handed in before.
     *
     * @param hasOrdered whether deliveries wait for the segment to be finished
     */
    void finished(LogSegment.Key segment, boolean hasOrdered) {
        queue.add(new Finished(segment, hasOrdered));
    }

    private void run() {
        try {
            writeAll();
        } finally {
            ended = true;
            waiting.forEach(Recorder::cancel);
            waiting.clear();
            tellUnwritten();
        }
    }

    /** Cancels the futures of what is not written any more, so that nobody waits for them. */
    private void tellUnwritten() {
        for (var entry = queue.poll(); entry != null; entry = queue.poll()) {
            cancel(entry);
        }
    }

    private static void cancel(Entry entry) {
        if (entry instanceof Settled settled && settled.written != null) {
            settled.written.cancel(false);
        }
    }

    private void writeAll() {
        var batch = new ArrayList<Entry>();
        while (running || !queue.isEmpty()) {
            try {
                tryAside();
                var first = waiting.isEmpty() ? queue.take() : queue.poll(100, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, MOST - 1);
                    if (moreAreComing(batch.size()) && running && batch.stream().noneMatch(Recorder::isUrgent)) {
                        TimeUnit.NANOSECONDS.sleep(GATHERING.toNanos());
                        queue.drainTo(batch, MOST - batch.size());
                    }
                    batch.removeIf(Wake.class::isInstance);
                    holdBack(batch);
                    if (!batch.isEmpty()) {
                        write(batch);
                        writtenAt = steady.now();
                    }
                    batch.clear();
                }
            } catch (InterruptedException _) {
                // What was not written is taken up from its segment or its row by another node, or at the next
                // start.
                batch.forEach(Recorder::cancel);
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean moreAreComing(int already) {
        return already >= BUSY || steady.now().isBefore(writtenAt.plus(JUST_NOW));
    }

    private static boolean isUrgent(Entry entry) {
        return entry instanceof Settled settled && settled.urgent;
    }

    /**
     * Tries until it works. While the database is away, permits bound how much gathers here. What fails for a reason that is not
     * expected to pass is set aside after a few tries, entry by entry, so that the rest goes on.
     *
     * @throws InterruptedException if the gateway stops meanwhile; nothing may be written after that, or a segment might be
     *     finished whose outcomes are not on disk
     */
    private void write(List<Entry> batch) throws InterruptedException {
        for (int tries = 1; ; tries++) {
            var began = storage.now();
            try {
                writeOnce(batch);
                fault.over();
                return;
            } catch (DataIntegrityViolationException e) {
                if (batch.size() == 1) {
                    setAside(batch.getFirst(), e);
                    return;
                }
                for (var entry : batch) {
                    write(List.of(entry));
                }
                return;
            } catch (RuntimeException | Error e) {
                fault.failed(e);
                var passes = SqlFaults.passes(e);
                if (!passes && (tries >= TRIES || !waiting.isEmpty())) {
                    writeEach(batch);
                    return;
                }
                if (passes && !(e instanceof ConcurrencyFailureException)) {
                    storage.failed(e, began);
                }
                pause();
            }
        }
    }

    private void pause() throws InterruptedException {
        do {
            TimeUnit.NANOSECONDS.sleep(pauseAfterError.toNanos());
            if (!running) {
                throw new InterruptedException("stopping");
            }
        } while (storage.fails());
    }

    /** Updates first, so that a segment that cannot be finished does not hold them up. What cannot be written is set aside. */
    private void writeEach(List<Entry> batch) throws InterruptedException {
        var settled = batch.stream().filter(Settled.class::isInstance).toList();
        if (settled.size() < 2 || !isWritten(settled)) {
            for (var entry : settled) {
                if (entry instanceof Settled one && waitingKeys().contains(one.update.key())) {
                    putAside(entry);
                } else {
                    writeAlone(entry);
                }
            }
        }
        for (var entry : batch) {
            if (entry instanceof Finished finished) {
                if (waitsFor(finished)) {
                    putAside(entry);
                } else {
                    writeAlone(entry);
                }
            }
        }
    }

    private boolean isWritten(List<Entry> batch) {
        try {
            writeOnce(batch);
            return true;
        } catch (RuntimeException | Error e) {
            fault.failed(e);
            return false;
        }
    }

    private void writeAlone(Entry entry) throws InterruptedException {
        try {
            writeOnce(List.of(entry));
        } catch (DataIntegrityViolationException e) {
            setAside(entry, e);
        } catch (RuntimeException | Error e) {
            if (SqlFaults.passes(e)) {
                pause();
                write(List.of(entry));
                return;
            }
            storage.setAside(Texts.cause(e));
            putAside(entry);
        }
    }

    private void putAside(Entry entry) {
        if (waiting.size() < MOST_ASIDE) {
            waiting.add(entry);
        } else {
            log.error("Cannot be stored, and is left to be taken over when its claim ends: {}", entry);
            cancel(entry);
        }
        if (entry instanceof Finished finished) {
            // From here on the recorder keeps its lease, or lets it end.
            open.closed(finished.segment);
        }
    }

    /** Sets aside what must not be written before something that has been set aside. */
    private void holdBack(List<Entry> batch) {
        if (waiting.isEmpty()) {
            return;
        }
        var keys = waitingKeys();
        batch.removeIf(entry -> {
            var follows =
                    switch (entry) {
                        case Settled settled -> keys.contains(settled.update.key());
                        case Finished finished -> waitsFor(finished);
                        case Wake _ -> false;
                    };
            if (follows) {
                putAside(entry);
            }
            return follows;
        });
    }

    private Set<DeliveryKey> waitingKeys() {
        var keys = new HashSet<DeliveryKey>();
        for (var entry : waiting) {
            if (entry instanceof Settled settled) {
                keys.add(settled.update.key());
            }
        }
        return keys;
    }

    /** Whether an update that has been set aside may belong to the segment: it is finished only when all its updates are on disk. */
    private boolean waitsFor(Finished finished) {
        var first = finished.segment.first();
        return waiting.stream()
                .anyMatch(entry -> entry instanceof Settled settled
                        && !settled.update.row()
                        && settled.update.key().seq() >= first
                        && settled.update.key().seq() - first <= LONGEST_SEGMENT);
    }

    /** Tries again to write what was set aside, and keeps the leases of its segments, so that no node dispatches them again. */
    private void tryAside() throws InterruptedException {
        if (waiting.isEmpty() || steady.now().isBefore(tryAsideAt) || storage.fails()) {
            return;
        }
        var before = List.copyOf(waiting);
        waiting.clear();
        try {
            writeEach(before);
        } catch (InterruptedException e) {
            before.forEach(Recorder::cancel);
            throw e;
        }
        if (waiting.isEmpty()) {
            log.info("What had been set aside is written down: {} outcomes and segments", before.size());
            fault.over();
            storage.nothingAside();
        } else {
            keepSegments();
        }
        tryAsideAt = steady.now().plus(PAUSE_ASIDE);
    }

    private void keepSegments() {
        var segments = waiting.stream()
                .<LogSegment.Key>mapMulti((entry, into) -> {
                    if (entry instanceof Finished finished) {
                        into.accept(finished.segment);
                    }
                })
                .toList();
        try {
            events.extend(segments, clock.instant().plus(lease));
        } catch (RuntimeException e) {
            fault.failed(e);
        }
    }

    /** An update that the database refuses is written without its attempt, which may be what makes it bad. */
    private void setAside(Entry entry, DataIntegrityViolationException cause) throws InterruptedException {
        if (cause instanceof DuplicateKeyException) {
            // An earlier commit had succeeded although its connection broke, or another node was first.
            log.debug("Written down before: {}", entry);
            tell(List.of(entry));
        } else if (entry instanceof Settled settled && settled.update.attempt() != null) {
            log.error(
                    "The attempt of {} cannot be stored and is left out",
                    settled.update.key().id(),
                    cause);
            write(List.of(new Settled(settled.update.withoutAttempt(), settled.written, settled.urgent)));
        } else {
            log.error("Cannot be stored, and is left to be taken over when its claim ends: {}", entry, cause);
            if (entry instanceof Finished finished) {
                open.closed(finished.segment);
            }
            tell(List.of(entry));
        }
    }

    private void writeOnce(List<Entry> batch) {
        var updates = new ArrayList<DeliveryUpdate>();
        var segments = new ArrayList<LogSegment.Key>();
        var wake = false;
        for (var entry : batch) {
            switch (entry) {
                case Settled settled -> {
                    updates.add(aside(settled.update));
                    wake |= settled.update.row() || settled.update.dueAt() != null;
                }
                case Finished finished -> {
                    segments.add(finished.segment);
                    wake |= finished.hasOrdered;
                }
                case Wake _ -> {}
            }
        }
        var now = clock.instant();
        var consequences = transaction.execute(_ -> {
            var concerned = health.isConcernedWith(updates);
            if (concerned) {
                deliveries.lockHealth();
            }
            deliveries.settle(updates);
            // Only under the lock. What has changed since is noticed with the next outcome.
            var judged = concerned ? health.judge(updates, now) : HealthJudge.Consequences.NONE;
            events.finish(segments);
            return judged;
        });
        segments.forEach(open::closed);
        if (consequences != null) {
            consequences.changed().forEach(index::put);
            consequences.ended().forEach(index::remove);
        }
        if (wake) {
            due.wake();
        }
        tell(batch);
    }

    /** What would wait for an attempt goes into the replay buffer if the subscription is not active any more. */
    private DeliveryUpdate aside(DeliveryUpdate update) {
        var inactive = update.dueAt() != null
                && index.current(update.key().subscription())
                        .filter(subscription -> !subscription.active())
                        .isPresent();
        return inactive ? update.buffered() : update;
    }

    private static void tell(List<Entry> batch) {
        for (var entry : batch) {
            if (entry instanceof Settled settled && settled.written != null) {
                settled.written.complete(null);
            }
        }
    }

    @Override
    public void start() {
        running = true;
        ended = false;
        worker = Worker.start("recorder", this::run);
    }

    /** Writes what has been handed in, then stops. */
    @Override
    public void stop() {
        running = false;
        queue.add(new Wake());
        var started = worker;
        if (started != null) {
            started.awaitEnd(Duration.ofSeconds(10));
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Started before everything that makes deliveries, and stopped after it. */
    @Override
    public int getPhase() {
        return 0;
    }
}
