package io.waypost.intake.source;

/** What came to a source does not prove that its sender knows the secret. HTTP says 401. */
public final class NotProven extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** @param message for the sender too, so it never tells what would have been right */
    public NotProven(String message) {
        super(message);
    }
}
