package io.waypost.subscription.jsonata;

/** Ends an evaluation that asked for more than it may have. */
final class Overstepped extends RuntimeException {

    private static final long serialVersionUID = 1;

    Overstepped(String message) {
        super(message, null, false, false);
    }
}
