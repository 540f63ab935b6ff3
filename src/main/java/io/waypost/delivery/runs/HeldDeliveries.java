package io.waypost.delivery.runs;

import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of deliveries that wait for a run, and when the runs are. A port. */
public interface HeldDeliveries {

    /** The subscriptions that have any, with numbers above {@code after}, the lowest first, at most {@code most}. */
    List<Holder> holders(long after, int most);

    /** @param deleted whether the subscription is gone: what it holds has slipped in beside its deletion */
    record Holder(long subscription, boolean deleted) {}

    /**
     * Makes those due that wait for nothing but a run, those with the fewest attempts first. What another run has let out,
     * or somebody has claimed, is left alone: two runs at once let each delivery out once.
     *
     * @return how many
     */
    int release(long subscription, Instant now);

    /** Runs that have begun by their cron and that nobody has made, the oldest first; not all, if there are very many. */
    List<Planned> due(Instant now);

    /** @param at when it was to begin */
    record Planned(long subscription, Runs runs, Instant at) {}

    /**
     * Makes the run, as {@link #release} would, and plans the next, both or neither; but nothing if another node has made
     * it, or its owner has changed when it is.
     *
     * @param next when the next one begins; null: never
     * @return how many were let out
     */
    int make(Planned run, @Nullable Instant next, Instant now);
}
