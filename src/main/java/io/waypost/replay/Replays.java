package io.waypost.replay;

import io.waypost.event.Event;
import io.waypost.subscription.Subscription;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sends events of the log again. Each replay makes new deliveries, marked as replay. */
public interface Replays {

    /**
     * How many events were counted.
     *
     * @param until up to which time received, exclusive, they were counted; null: the whole range
     */
    record Count(long events, @Nullable Instant until) {}

    /**
     * Sends one event again.
     *
     * @param to the subscriptions to send it to; null: all active ones that match it
     * @return how many deliveries were made
     */
    int replay(Event event, @Nullable List<Subscription> to);

    /**
     * Sends the events of a range of the log that match a subscription to it again, including events from before it was
     * created.
     *
     * @param since inclusive, {@code until} exclusive, by the time received
     * @param types only events of these types; null: all that match
     * @param onlyFailed only events whose latest delivery to it is exhausted or discarded
     * @param dryRun only count, and stop after some ten thousand events of the tenant
     */
    Count replay(
            Subscription subscription,
            Instant since,
            @Nullable Instant until,
            @Nullable Set<String> types,
            boolean onlyFailed,
            boolean dryRun);
}
