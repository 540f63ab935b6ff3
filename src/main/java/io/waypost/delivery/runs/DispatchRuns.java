package io.waypost.delivery.runs;

import io.waypost.subscription.Subscription;
import java.util.function.Predicate;

/** Runs on command. */
public interface DispatchRuns {

    /**
     * Lets out what waits for a run and for nothing else. Runs that meet let each delivery out once.
     *
     * @param which whose deliveries
     * @return how many were let out
     */
    int run(Predicate<Subscription> which);
}
