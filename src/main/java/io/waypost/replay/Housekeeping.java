package io.waypost.replay;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.EventLog;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.clock.SteadyClock;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Follows what other nodes changed, and deletes what is older than the retention. */
@Component
public class Housekeeping implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);

    private final SubscriptionIndex index;
    private final ReplayBuffer buffer;
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
            Clock clock,
            WaypostProperties properties) {
        this.index = index;
        this.buffer = buffer;
        this.clock = clock;
        this.kept = properties.retention();
        this.retention =
                new Retention(events, deliveries, replays, buffer::range, index::current, SteadyClock.of(clock)::nanos);
    }

    @Scheduled(fixedDelayString = "${waypost.follow:500ms}")
    void follow() {
        index.refresh();
    }

    @Scheduled(fixedDelayString = "${waypost.secret.read-again:5s}")
    void readAgain() {
        index.readAgain();
    }

    /** The index is filled before the first event is matched: one that is matched with nobody goes to nobody. */
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

    /** Long before the routes. */
    @Override
    public int getPhase() {
        return 0;
    }

    /** Deletes what is older than the retention, and needed neither by a buffer nor by a delivery that waits. */
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
