package io.waypost.event.log;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.LogSegment;
import io.waypost.platform.Fault;
import io.waypost.platform.Memory;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.Worker;
import io.waypost.platform.storage.SqlFaults;
import io.waypost.platform.storage.StorageWatch;
import java.time.Clock;
import java.time.Duration;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases segment after segment and sends each into the route. The route only hands the work out; the segment stays open
 * until everything in it is accounted for, and its lease is extended until then.
 */
class EventLogConsumer extends DefaultConsumer {

    private static final Logger log = LoggerFactory.getLogger(EventLogConsumer.class);

    /** How often to look for what other nodes appended or left behind. */
    private static final Duration POLL = Duration.ofMillis(500);

    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

    private final EventLog eventLog;
    private final Appends appends;
    private final OpenSegments open;
    private final StorageWatch storage;
    private final Clock clock;
    private final WaypostProperties.Log settings;
    private final Fault fault =
            new Fault(log, "The event log cannot be read; it is tried again", "The event log can be read again");

    /** Segments taken over since all was done last; of the consumer's thread. */
    private int takenOver;

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
            // Not interrupted: an H2 that is being read or written would close its file for everybody.
            started.awaitEnd(Duration.ofSeconds(5));
        }
    }

    private void look() throws InterruptedException {
        if (storage.await(POLL)) {
            var found = dispatchNext();
            fault.over();
            if (!found) {
                tellTakenOver();
                appends.await(POLL);
            }
        }
    }

    /** @return whether there was anything to do */
    private boolean dispatchNext() throws InterruptedException {
        var handed = open.handed();
        if (handed != null) {
            open.extendLeases();
            dispatch(handed);
            return true;
        }
        return claimNext();
    }

    private boolean claimNext() throws InterruptedException {
        if (!open.awaitRoom(POLL)) {
            return true;
        }
        var opened = false;
        try {
            // First of all, so that no segment of our own is taken for abandoned after a stall.
            open.extendLeases();
            open.release();
            var segment = eventLog.claim(clock.instant(), settings.lease(), settings.segment());
            open.caughtUp(segment.isEmpty());
            if (segment.isEmpty()) {
                return false;
            }
            open.opened(segment.get().key());
            opened = true;
            if (segment.get().takenOver()) {
                takesOver(segment.get());
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
            // An Error too: a segment that stayed open would have its lease extended for ever, and go to nobody.
            exchange.setException(e);
        } finally {
            if (exchange.getException() != null) {
                giveUp(segment, exchange.getException());
            }
            releaseExchange(exchange, false);
        }
    }

    /** What a node that died held is many segments, and one piece of news. */
    private void takesOver(LogSegment segment) {
        if (takenOver++ == 0) {
            log.info(
                    "Events from {} on are taken over: the lease of whoever worked on them has ended", segment.first());
        }
    }

    private void tellTakenOver() {
        if (takenOver > 1) {
            log.info("{} segments of events were taken over", takenOver);
        }
        takenOver = 0;
    }

    /** Nothing is lost: the segment is claimed again, at once after what passes, and otherwise when its lease is over. */
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
