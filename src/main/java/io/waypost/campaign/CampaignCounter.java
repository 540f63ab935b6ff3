package io.waypost.campaign;

import io.waypost.event.Appends;
import io.waypost.platform.WaypostProperties;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Follows the log and counts. Beside the way of an event, not on it: a publisher waits for no count, and a delivery neither.
 */
@Component
class CampaignCounter implements SmartLifecycle {

    private static final Set<String> TYPES = Kind.allTypes();

    /** Small, so that no transaction holds others up. */
    private static final int AT_ONCE = 500;

    private final CampaignStore store;
    private final Appends appends;
    private final Clock clock;
    private final Duration keep;
    private volatile boolean running;
    private long seen = -1;

    CampaignCounter(CampaignStore store, Appends appends, Clock clock, WaypostProperties properties) {
        this.store = store;
        this.appends = appends;
        this.clock = clock;
        this.keep = properties.campaigns().keep();
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
            more = store.advance(TYPES, AT_ONCE, Tally::of) && running;
        }
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
