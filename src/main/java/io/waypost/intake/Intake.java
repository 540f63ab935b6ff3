package io.waypost.intake;

import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import java.util.List;

/** The way in: hands events to the {@code publish} route. */
public interface Intake {

    /**
     * Stores all or none, and returns when they are on disk.
     *
     * @return receipts in the order given
     * @throws io.waypost.platform.Invalid if one breaks its type's schema (pointers begin with its index, {@code /3/data})
     * @throws io.waypost.platform.Refused (overloaded) if they cannot be stored now, and are not
     * @throws io.waypost.event.OutcomeUnknown if it cannot be said whether they are stored
     */
    List<Receipt> publish(List<NewEvent> events);
}
