package io.waypost.delivery.runs;

import java.time.Instant;
import java.util.List;

/** The rows of deliveries that wait for a run. A port. */
public interface HeldDeliveries {

    /** The numbers of subscriptions that have any, above {@code after}, the lowest first, at most {@code most}. */
    List<Long> subscriptions(long after, int most);

    /**
     * Makes those due that wait for nothing but a run, those with the fewest attempts first. What another run has let out,
     * or somebody has claimed, is left alone: two runs at once let each delivery out once.
     *
     * @return how many
     */
    int release(long subscription, Instant now);
}
