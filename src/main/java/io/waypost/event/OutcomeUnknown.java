package io.waypost.event;

import java.time.Duration;
import java.util.List;

/** Events were being committed and the database has not answered: they may or may not be stored. */
public final class OutcomeUnknown extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient List<String> ids;
    private final Duration retryAfter;

    OutcomeUnknown(List<String> ids, Duration retryAfter, Throwable cause) {
        super(
                "It is not known whether the events were stored, because the database has not answered. Publish them again"
                        + " with these ids, or with the same Idempotency-Key if there was one: what is stored is not"
                        + " stored twice",
                cause);
        this.ids = List.copyOf(ids);
        this.retryAfter = retryAfter;
    }

    /**
     * The ids with which the events, in the order given, can be published again without being stored twice: the publisher's
     * own id, or the id the event has if it is stored.
     */
    public List<String> ids() {
        return ids;
    }

    public Duration retryAfter() {
        return retryAfter;
    }
}
