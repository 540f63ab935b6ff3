package io.waypost.replay;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.EventLog;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Follows what other nodes changed, and deletes what is older than the retention. */
@Component
public class Housekeeping implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);

    /** Small, so that no transaction holds others up. */
    private static final int AT_ONCE = 500;

    private final EventLog events;
    private final DeliveryLog deliveries;
    private final SubscriptionIndex index;
    private final ReplayStore replays;
    private final Clock clock;
    private final Duration retention;
    private volatile boolean running;

    Housekeeping(
            EventLog events,
            DeliveryLog deliveries,
            SubscriptionIndex index,
            ReplayStore replays,
            Clock clock,
            WaypostProperties properties) {
        this.events = events;
        this.deliveries = deliveries;
        this.index = index;
        this.replays = replays;
        this.clock = clock;
        this.retention = properties.retention();
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

    /** Events first, then the deliveries that have none any more; never what a buffer or an open delivery still needs. */
    @Scheduled(
            fixedDelayString = "${waypost.retention-every:10m}",
            initialDelayString = "${waypost.retention-every:10m}")
    public void purge() {
        var cutoff = clock.instant().minus(retention);
        var needed = replays.lowest().orElse(Long.MAX_VALUE);
        var gone = inBatches(() -> events.purge(cutoff, needed, AT_ONCE));
        var deliveriesGone = inBatches(() -> deliveries.purge(cutoff, AT_ONCE));
        if (gone > 0 || deliveriesGone > 0) {
            log.info("Deleted {} events and {} deliveries older than {}", gone, deliveriesGone, cutoff);
        }
    }

    private static long inBatches(IntSupplier batch) {
        var total = 0L;
        for (var gone = batch.getAsInt(); gone > 0; gone = batch.getAsInt()) {
            total += gone;
        }
        return total;
    }
}
