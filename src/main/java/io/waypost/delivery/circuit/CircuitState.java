package io.waypost.delivery.circuit;

import java.time.Instant;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How the circuit of a subscription stands on this node.
 *
 * @param since null while it is closed
 * @param nextProbeAt from when on one attempt will be let through; null unless it is open
 * @param timeouts attempts in a row that got no answer, 0 or more
 */
public record CircuitState(
        Kind kind, @Nullable Instant since, @Nullable Instant nextProbeAt, int timeouts) {

    /** The receiver answers, as far as anybody knows. */
    public static final CircuitState CLOSED = new CircuitState(Kind.CLOSED, null, null, 0);

    /** The same by another clock. */
    CircuitState dated(UnaryOperator<Instant> clock) {
        return new CircuitState(
                kind,
                since == null ? null : clock.apply(since),
                nextProbeAt == null ? null : clock.apply(nextProbeAt),
                timeouts);
    }

    public enum Kind {
        /** Attempts are made. */
        CLOSED,
        /** None is made. */
        OPEN,
        /** Exactly one is under way. */
        HALF_OPEN;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
