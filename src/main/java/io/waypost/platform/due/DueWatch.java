package io.waypost.platform.due;

import io.waypost.platform.Fault;
import io.waypost.platform.Worker;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.storage.StorageWatch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Looks for what is due, for all who wait for something: each would else ask the database a few times a second whether there
 * is anything for it, and nearly always there is nothing. The next look is when the next thing is due, after {@link #POLL} at
 * the latest, because other nodes add to what waits.
 */
@Component
public class DueWatch implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(DueWatch.class);

    static final Duration POLL = Duration.ofMillis(250);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(3);
    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

    private final DueSource source;
    private final List<DueListener> listeners;
    private final StorageWatch storage;
    private final Clock clock;
    private final SteadyClock steady;
    private final Fault fault = new Fault(
            log, "What is due cannot be looked for; it is tried again", "What is due can be looked for again");
    private volatile Due last = Due.ANYTHING;
    private volatile Instant lookedAt;
    private volatile boolean running;
    private volatile CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Worker worker;

    DueWatch(DueSource source, List<DueListener> listeners, StorageWatch storage, Clock clock) {
        this.source = source;
        this.listeners = listeners;
        this.storage = storage;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.lookedAt = steady.now();
    }

    /**
     * What the last look has found; {@link Due#ANYTHING} before the first one, after one that failed, and while one hangs
     * for longer than three seconds.
     */
    public Due last() {
        return steady.now().isAfter(lookedAt.plus(LONGEST_LOOK)) ? Due.ANYTHING : last;
    }

    private void round() throws InterruptedException {
        if (storage.await(POLL)) {
            look();
            fault.over();
        }
        var _ = ended.await(untilNext(clock.instant()).toNanos(), TimeUnit.NANOSECONDS);
    }

    void look() {
        var found = source.look();
        lookedAt = steady.now();
        last = found;
        tell(found);
    }

    private void failed(Throwable e) {
        fault.failed(e);
        last = Due.ANYTHING;
        tell(Due.ANYTHING);
    }

    private void tell(Due due) {
        var now = clock.instant();
        listeners.forEach(listener -> listener.looked(due, now));
    }

    /** What is due already has been told of, and is told of again if it is still there then. */
    Duration untilNext(Instant now) {
        var next = last.next();
        if (!next.isAfter(now) || !next.isBefore(now.plus(POLL))) {
            return POLL;
        }
        var left = Duration.between(now, next);
        return left.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : left;
    }

    @Override
    public void start() {
        running = true;
        ended = new CountDownLatch(1);
        worker = Worker.repeat("due", this::isRunning, this::round, PAUSE_AFTER_ERROR, this::failed);
    }

    @Override
    public void stop() {
        running = false;
        ended.countDown();
        var started = worker;
        if (started != null) {
            started.awaitEnd(Duration.ofSeconds(5));
        }
        last = Due.ANYTHING;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Started before what it wakes, and stopped after it. */
    @Override
    public int getPhase() {
        return 0;
    }
}
