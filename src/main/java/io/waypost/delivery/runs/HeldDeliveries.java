package io.waypost.delivery.runs;

import java.time.Instant;
import java.util.List;

/** The rows of deliveries that wait for a run. A port. */
public interface HeldDeliveries {

    /** The subscriptions that have any. */
    List<Long> subscriptions();

    /**
     * Makes those due that wait for nothing but a run, those with the fewest attempts first. What another run has let out,
     * or somebody has claimed, is left alone: two runs at once let each delivery out once.
     *
     * @return how many
     */
    int release(long subscription, Instant now);
}
