package io.waypost.replay;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.EventLog;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.platform.due.DueWatch;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Reads the subscriptions that other nodes have changed, and deletes events and deliveries that are older than the
 * retention.
 */
@Component
public class Housekeeping implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);

    private final SubscriptionIndex index;
    private final ReplayBuffer buffer;
    private final DueWatch due;
    private final Clock clock;
    private final Duration kept;
    private final Retention retention;
    private volatile boolean running;

    Housekeeping(
            EventLog events,
            DeliveryLog deliveries,
            SubscriptionIndex index,
            ReplayStore replays,
            ReplayBuffer buffer,
            DueWatch due,
            Clock clock,
            WaypostProperties properties) {
        this.index = index;
        this.buffer = buffer;
        this.due = due;
        this.clock = clock;
        this.kept = properties.retention();
        this.retention =
                new Retention(events, deliveries, replays, buffer::range, index::current, SteadyClock.of(clock)::nanos);
    }

    @Scheduled(fixedDelayString = "${waypost.follow:500ms}")
    void follow() {
        var revision = due.last().revision();
        if (revision < 0) {
            index.refresh();
        } else {
            index.refreshTo(revision);
        }
    }

    @Scheduled(fixedDelayString = "${waypost.secret.read-again:5s}")
    void readAgain() {
        index.readAgain();
    }

    /**
     * Fills the index before the first event is matched: with an empty index an event would match no subscription and be
     * lost.
     */
    @Override
    public void start() {
        index.refresh();
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before the routes start. */
    @Override
    public int getPhase() {
        return 0;
    }

    /**
     * Deletes events and deliveries that are older than the retention, unless an open delivery, a replay buffer or a replay
     * needs them.
     */
    @Scheduled(
            fixedDelayString = "${waypost.retention-every:10m}",
            initialDelayString = "${waypost.retention-every:10m}")
    public void purge() {
        if (!buffer.ready()) {
            return;
        }
        var cutoff = clock.instant().minus(kept);
        var gone = retention.purge(cutoff, this::isRunning);
        if (gone.events() > 0 || gone.deliveries() > 0) {
            log.info("Deleted {} events and {} deliveries older than {}", gone.events(), gone.deliveries(), cutoff);
        }
    }
}
