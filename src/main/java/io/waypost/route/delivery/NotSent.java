package io.waypost.route.delivery;

import io.waypost.connector.Outcome;

/** What a step of a flow could not send, with the outcome that its connector named. */
public final class NotSent extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Outcome outcome;

    public NotSent(String connector, Outcome outcome) {
        super("%s: %s".formatted(connector, outcome.detail()), null, false, false);
        this.outcome = outcome;
    }

    Outcome outcome() {
        return outcome;
    }
}
