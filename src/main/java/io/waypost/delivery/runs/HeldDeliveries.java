package io.waypost.delivery.runs;

import io.waypost.subscription.Runs;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of deliveries that wait for a dispatch run, and the planned runs. A port. */
public interface HeldDeliveries {

    /** The subscriptions with held deliveries and numbers above {@code after}: at most {@code most}, the lowest first. */
    List<Holder> holders(long after, int most);

    /**
     * A subscription with held deliveries.
     *
     * @param deleted whether the subscription has been deleted; its deliveries were written during the deletion
     */
    record Holder(long subscription, boolean deleted) {}

    /**
     * Makes the deliveries of the subscription due that wait for a run only, those with the fewest attempts first.
     * Deliveries that another run has released, or a node has claimed, are not changed, so concurrent runs release each
     * delivery once.
     *
     * @return how many were released
     */
    int release(long subscription, Instant now);

    /** Planned runs whose time has come and that have not been made, the oldest first; not all, if there are very many. */
    List<Planned> due(Instant now);

    /**
     * A planned run.
     *
     * @param at its planned time
     */
    record Planned(long subscription, Runs runs, Instant at) {}

    /**
     * Makes the run, as {@link #release} does, and plans the next one, in one transaction. Does nothing if another node has
     * made the run, or the owner has changed its time.
     *
     * @param next when the next run is planned; null: there is none
     * @return how many deliveries were released
     */
    int make(Planned run, @Nullable Instant next, Instant now);
}
