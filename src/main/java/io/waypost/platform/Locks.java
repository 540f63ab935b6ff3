package io.waypost.platform;

import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.PessimisticLockingFailureException;

/**
 * Changes of many rows beside the writing down of outcomes, which takes rows in the order they come: now and then the two
 * meet head-on, and the database ends one of them.
 */
public final class Locks {

    private static final Logger log = LoggerFactory.getLogger(Locks.class);
    private static final int TRIES = 5;

    private Locks() {}

    /**
     * Makes the change, again if another transaction was first.
     *
     * @param change one whole transaction
     * @throws PessimisticLockingFailureException if it was kept from ending each time
     */
    public static <T> T despite(Supplier<T> change) {
        for (int i = 1; i < TRIES; i++) {
            try {
                return change.get();
            } catch (PessimisticLockingFailureException e) {
                log.debug("Tried again, because another transaction was first: {}", e.toString());
            }
        }
        return change.get();
    }
}
