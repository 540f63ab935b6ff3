package io.waypost.delivery.circuit;

import java.time.Instant;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The state of a subscription's circuit on this node.
 *
 * @param since when it opened, or became half open; null while it is closed
 * @param nextProbeAt from when on a probe may be made; null unless it is open
 * @param timeouts attempts in a row that got no answer, 0 or more
 */
public record CircuitState(
        Kind kind, @Nullable Instant since, @Nullable Instant nextProbeAt, int timeouts) {

    /** The state of a receiver without unanswered attempts. */
    public static final CircuitState CLOSED = new CircuitState(Kind.CLOSED, null, null, 0);

    /** The same, with the times of another clock. */
    CircuitState dated(UnaryOperator<Instant> clock) {
        return new CircuitState(
                kind,
                since == null ? null : clock.apply(since),
                nextProbeAt == null ? null : clock.apply(nextProbeAt),
                timeouts);
    }

    public enum Kind {
        /** Attempts are made as usual. */
        CLOSED,
        /** No attempts are made. */
        OPEN,
        /** Exactly one attempt, the probe, is under way. */
        HALF_OPEN;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
