package io.waypost.delivery.runs;

import io.waypost.subscription.Subscription;
import java.util.function.Predicate;

/** Dispatch runs on request. */
public interface DispatchRuns {

    /**
     * Makes the deliveries due that wait for a dispatch run only, not for a planned time too. Concurrent runs make each
     * delivery due once.
     *
     * @param which the subscriptions whose deliveries are released
     * @return how many deliveries were released
     */
    int run(Predicate<Subscription> which);
}
