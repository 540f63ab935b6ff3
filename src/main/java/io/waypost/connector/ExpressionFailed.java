package io.waypost.connector;

import org.jspecify.annotations.Nullable;

/** An expression that does not parse or gave no result; the message says why, in words for its author. */
public class ExpressionFailed extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ExpressionFailed(String message) {
        this(message, null);
    }

    public ExpressionFailed(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** It had not ended when its time was over; with more time it might. */
    public static final class TooSlow extends ExpressionFailed {

        private static final long serialVersionUID = 1;

        public TooSlow(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
