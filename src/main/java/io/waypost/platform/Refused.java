package io.waypost.platform;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that is turned down for a reason other than its content ({@link Invalid}). */
public final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Why, in the terms of the domain; the API gives each its status code. */
    public enum Reason {
        /** Not JSON, or not what the content type says. */
        MALFORMED,
        NOT_ALLOWED,
        NOT_FOUND,
        /** It contradicts the present state. */
        CONFLICT,
        TOO_LARGE,
        UNSUPPORTED_TYPE,
        /** More than can be taken right now; {@link #retryAfter()} says when to come back. */
        OVERLOADED
    }

    private static final Duration UNREADABLE_RETRY = Duration.ofSeconds(30);

    private final Reason reason;
    private final @Nullable Duration retryAfter;

    private Refused(Reason reason, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    public static Refused malformed(String message) {
        return new Refused(Reason.MALFORMED, message, null, null);
    }

    public static Refused notAllowed(String message) {
        return new Refused(Reason.NOT_ALLOWED, message, null, null);
    }

    public static Refused notFound(String what) {
        return new Refused(Reason.NOT_FOUND, what + " does not exist", null, null);
    }

    public static Refused conflict(String message) {
        return new Refused(Reason.CONFLICT, message, null, null);
    }

    public static Refused tooLarge(String message) {
        return new Refused(Reason.TOO_LARGE, message, null, null);
    }

    public static Refused unsupportedType(String message) {
        return new Refused(Reason.UNSUPPORTED_TYPE, message, null, null);
    }

    public static Refused overloaded(String message, Duration retryAfter) {
        return new Refused(Reason.OVERLOADED, message, retryAfter, null);
    }

    public static Refused overloaded(String message, Duration retryAfter, Throwable cause) {
        return new Refused(Reason.OVERLOADED, message, retryAfter, cause);
    }

    /**
     * Something stored that this node cannot read, though another may, or this one once it has its key.
     *
     * @param why the end of a sentence, such as {@code is damaged}
     */
    public static Refused unreadable(String what, @Nullable String why) {
        return overloaded("%s cannot be read by this node now: it %s".formatted(what, why), UNREADABLE_RETRY);
    }

    public Reason reason() {
        return reason;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
