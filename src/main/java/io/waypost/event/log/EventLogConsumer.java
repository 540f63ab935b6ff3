package io.waypost.event.log;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.Stretch;
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
 * Leases stretch after stretch and sends each into the route. The route only hands the work out; the stretch stays open
 * until everything in it is accounted for, and its lease is extended until then.
 */
class EventLogConsumer extends DefaultConsumer {

    private static final Logger log = LoggerFactory.getLogger(EventLogConsumer.class);

    /** How often to look for what other nodes appended or left behind. */
    private static final Duration POLL = Duration.ofMillis(500);

    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

    private final EventLog eventLog;
    private final Appends appends;
    private final OpenStretches open;
    private final StorageWatch storage;
    private final Clock clock;
    private final WaypostProperties.Log settings;
    private final Fault fault =
            new Fault(log, "The event log cannot be read; it is tried again", "The event log can be read again");

    /** Stretches taken over since all was done last; of the consumer's thread. */
    private int takenOver;

    private @Nullable Worker worker;

    EventLogConsumer(
            Endpoint endpoint,
            Processor processor,
            EventLog eventLog,
            Appends appends,
            OpenStretches open,
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
            // First of all, so that no stretch of our own is taken for abandoned after a stall.
            open.extendLeases();
            open.release();
            var stretch = eventLog.claim(clock.instant(), settings.lease(), settings.stretch());
            open.caughtUp(stretch.isEmpty());
            if (stretch.isEmpty()) {
                return false;
            }
            open.opened(stretch.get().key());
            opened = true;
            if (stretch.get().takenOver()) {
                takesOver(stretch.get());
            }
            dispatch(stretch.get());
            return true;
        } finally {
            if (!opened) {
                open.giveBackRoom();
            }
        }
    }

    private void dispatch(Stretch stretch) {
        var exchange = createExchange(false);
        try {
            exchange.getMessage().setBody(stretch);
            getProcessor().process(exchange);
        } catch (Exception | Error e) {
            // An Error too: a stretch that stayed open would have its lease extended for ever, and go to nobody.
            exchange.setException(e);
        } finally {
            if (exchange.getException() != null) {
                giveUp(stretch, exchange.getException());
            }
            releaseExchange(exchange, false);
        }
    }

    /** What a node that died held is many stretches, and one piece of news. */
    private void takesOver(Stretch stretch) {
        if (takenOver++ == 0) {
            log.info(
                    "Events from {} on are taken over: the lease of whoever worked on them has ended", stretch.first());
        }
    }

    private void tellTakenOver() {
        if (takenOver > 1) {
            log.info("{} stretches of events were taken over", takenOver);
        }
        takenOver = 0;
    }

    /** Nothing is lost: the stretch is claimed again, at once after what passes, and otherwise when its lease is over. */
    private void giveUp(Stretch stretch, Exception e) {
        Memory.endIfGone(e);
        if (SqlFaults.passes(e)) {
            fault.failed(e);
            open.givenUp(stretch.key());
        } else {
            log.error("Could not dispatch events {} to {}", stretch.first(), stretch.last(), e);
            open.closed(stretch.key());
        }
    }
}
