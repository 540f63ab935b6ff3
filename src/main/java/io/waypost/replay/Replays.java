package io.waypost.replay;

import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sending again what is in the log. Each makes new deliveries, marked as replay. */
public interface Replays {

    /**
     * What was counted.
     *
     * @param until exclusive, by the time received; null: all of the range
     */
    record Count(long events, @Nullable Instant until) {}

    /**
     * Sends one event again, to the given subscriptions, or (null) to all active ones that want it.
     *
     * @return how many deliveries were made
     */
    int replay(Event event, @Nullable List<Subscription> to);

    /**
     * Sends a range of the log again to one subscription: what it wants of it, from before its creation too.
     *
     * @param since inclusive, {@code until} exclusive, by the time received
     * @param types null: all it wants
     * @param onlyFailed only events whose latest delivery to it is exhausted or discarded
     * @param dryRun only count, and no further than some ten thousand events of the tenant
     */
    Count replay(
            Subscription subscription,
            Instant since,
            @Nullable Instant until,
            @Nullable Set<String> types,
            boolean onlyFailed,
            boolean dryRun);
}
