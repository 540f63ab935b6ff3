package io.waypost.campaign;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.waypost.campaign.CampaignStore.Uncounted;
import io.waypost.event.Appends;
import io.waypost.event.Event;
import io.waypost.platform.WaypostProperties;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Follows the log and counts. Beside the way of an event, not on it: a publisher waits for no count, and a delivery neither.
 */
@Component
class CampaignCounter implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(CampaignCounter.class);

    private static final Set<String> TYPES = Kind.allTypes();

    /** Small, so that no transaction holds others up. */
    private static final int AT_ONCE = 500;

    private final CampaignStore store;
    private final Appends appends;
    private final Clock clock;
    private final Duration keep;
    private final Counter uncounted;
    private volatile boolean running;
    private long seen = -1;

    CampaignCounter(
            CampaignStore store, Appends appends, Clock clock, WaypostProperties properties, MeterRegistry registry) {
        this.store = store;
        this.appends = appends;
        this.clock = clock;
        this.keep = properties.campaigns().keep();
        this.uncounted = Counter.builder("waypost.campaigns.uncounted")
                .description("Events that could not be counted for their campaign and were left out")
                .register(registry);
    }

    /** Who appends to the log counts; so a node that does not asks nobody, but for what one that died has left. */
    @Scheduled(fixedDelayString = "${waypost.campaigns.follow:500ms}")
    void follow() {
        var signals = appends.signals();
        if (signals != seen) {
            count();
            seen = signals;
        }
    }

    @Scheduled(fixedDelayString = "${waypost.campaigns.catch-up:30s}")
    void count() {
        var more = running;
        while (more) {
            var step = store.advance(TYPES, AT_ONCE, Tally::of);
            step.uncounted().forEach(this::report);
            more = step.more() && running;
        }
    }

    private void report(Uncounted left) {
        var event = left.event();
        uncounted.increment();
        log.error(
                "Event {} cannot be counted for its campaign and is left out",
                Event.id(event.receivedAt(), event.seq()),
                left.cause());
    }

    @Scheduled(
            fixedDelayString = "${waypost.retention-every:10m}",
            initialDelayString = "${waypost.retention-every:10m}")
    void purge() {
        var cutoff = clock.instant().minus(keep);
        var more = running;
        while (more) {
            more = store.purge(cutoff, AT_ONCE) == AT_ONCE && running;
        }
    }

    @Override
    public void start() {
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
}
