package io.waypost.event.log;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.platform.Fault;
import io.waypost.platform.Memory;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.Worker;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.storage.SqlFaults;
import io.waypost.platform.storage.StorageWatch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases segment after segment and sends each into the route. The route only starts the deliveries; the segment stays open,
 * and its lease is extended, until each of its deliveries has ended or has a row.
 */
class EventLogConsumer extends DefaultConsumer {

    private static final Logger log = LoggerFactory.getLogger(EventLogConsumer.class);

    /** How long it waits at once for what it cannot do without. */
    private static final Duration POLL = Duration.ofMillis(500);

    /** So long after the last look it looks in the log even if nobody has said that there is anything. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

    private final EventLog eventLog;
    private final Appends appends;
    private final OpenSegments open;
    private final StorageWatch storage;
    private final Clock clock;
    private final SteadyClock steady;
    private final WaypostProperties.Log settings;
    private final Fault fault =
            new Fault(log, "The event log cannot be read; it is tried again", "The event log can be read again");

    /** Segments taken over since the log was last caught up with; used by the consumer's thread only. */
    private int takenOver;

    /** When to look in the log next even if everything is handed over; used by the consumer's thread only. */
    private Instant lookAt = Instant.MIN;

    private @Nullable Worker worker;

    EventLogConsumer(
            Endpoint endpoint,
            Processor processor,
            EventLog eventLog,
            Appends appends,
            OpenSegments open,
            StorageWatch storage,
            Clock clock,
            WaypostProperties.Log settings) {
        super(endpoint, processor);
        this.eventLog = eventLog;
        this.appends = appends;
        this.open = open;
        this.storage = storage;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
        this.settings = settings;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        worker = Worker.repeat("event-log", this::isRunAllowed, this::look, PAUSE_AFTER_ERROR, fault::failed);
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        var started = worker;
        if (started != null) {
            appends.wake();
            // Not interrupted: H2 would close its file for all threads if one that reads or writes it is interrupted.
            started.awaitEnd(Duration.ofSeconds(5));
        }
        // Nobody would dispatch what the writer handed over from here on.
        open.caughtUp(false);
    }

    private void look() throws InterruptedException {
        if (storage.await(POLL)) {
            var found = dispatchNext();
            fault.over();
            if (!found) {
                logTakenOver();
                if (appends.await(LONGEST)) {
                    lookAt = Instant.MIN;
                }
            }
        }
    }

    /** @return whether there was anything to do */
    private boolean dispatchNext() throws InterruptedException {
        // First: if it fails, nothing has been taken out of the queue yet. And after a stall this node must not take
        // over its own.
        open.extendLeases();
        var handedOver = open.pollHandedOver();
        if (handedOver != null) {
            dispatch(handedOver);
            return true;
        }
        return (!open.isCaughtUp() || !steady.now().isBefore(lookAt)) && claimNext();
    }

    private boolean claimNext() throws InterruptedException {
        if (!open.awaitRoom(POLL)) {
            return true;
        }
        var opened = false;
        try {
            open.release();
            var segment = eventLog.claim(clock.instant(), settings.lease(), settings.segment());
            open.caughtUp(segment.isEmpty());
            if (segment.isEmpty()) {
                lookAt = steady.now().plus(LONGEST);
                return false;
            }
            open.opened(segment.get());
            opened = true;
            if (segment.get().takenOver()) {
                logTakeover(segment.get());
            }
            dispatch(segment.get());
            return true;
        } finally {
            if (!opened) {
                open.giveBackRoom();
            }
        }
    }

    private void dispatch(LogSegment segment) {
        var exchange = createExchange(false);
        try {
            exchange.getMessage().setBody(segment);
            getProcessor().process(exchange);
        } catch (Exception | Error e) {
            // Errors too: a segment that stayed open would have its lease extended for ever, and no node would process
            // it.
            exchange.setException(e);
        } finally {
            if (exchange.getException() != null) {
                giveUp(segment, exchange.getException());
            }
            releaseExchange(exchange, false);
        }
    }

    /** A node that died leaves many segments; only the first is logged at once, their number follows. */
    private void logTakeover(LogSegment segment) {
        if (takenOver++ == 0) {
            log.info(
                    "Events from {} on are taken over: the lease of whoever worked on them has ended", segment.first());
        }
    }

    private void logTakenOver() {
        if (takenOver > 1) {
            log.info("{} segments of events were taken over", takenOver);
        }
        takenOver = 0;
    }

    /**
     * Nothing is lost: the segment is claimed again, as soon as possible after a transient fault of the database, otherwise
     * when its lease has ended.
     */
    private void giveUp(LogSegment segment, Exception e) {
        Memory.endIfGone(e);
        if (SqlFaults.passes(e)) {
            fault.failed(e);
            open.givenUp(segment.key());
        } else {
            log.error("Could not dispatch events {} to {}", segment.first(), segment.last(), e);
            open.closed(segment.key());
        }
    }
}
