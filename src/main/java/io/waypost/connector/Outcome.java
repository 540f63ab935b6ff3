package io.waypost.connector;

import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What came of one attempt, seen from our side of the wire. */
public sealed interface Outcome {

    /** The status code of the answer, if there was one. */
    @Nullable
    Integer status();

    /** The first KiB of the answer as text, if there was one. */
    @Nullable
    String body();

    /** Why it failed; null if it did not. */
    @Nullable
    Failure failure();

    /** What there is to say about the failure, for a person; null if it did not fail. */
    @Nullable
    String detail();

    /**
     * The same in other words.
     *
     * @param detail what becomes of the detail
     * @param body what becomes of the answer
     */
    default Outcome told(UnaryOperator<String> detail, UnaryOperator<String> body) {
        var shown = body() == null ? null : body.apply(body());
        return switch (this) {
            case Succeeded s -> new Succeeded(s.status, shown);
            case Failed f -> new Failed(f.failure, detail.apply(f.detail), f.status, shown, f.retryAfter, f.counts);
            case Throttled t -> new Throttled(t.notBefore, detail.apply(t.detail), t.status, shown);
            case Rejected r -> new Rejected(r.failure, detail.apply(r.detail), r.status, shown);
            case Gone g -> new Gone(g.failure, detail.apply(g.detail), g.status, shown);
            case Postponed p -> new Postponed(detail.apply(p.detail));
        };
    }

    /** The receiver took it. */
    record Succeeded(@Nullable Integer status, @Nullable String body) implements Outcome {

        @Override
        public @Nullable Failure failure() {
            return null;
        }

        @Override
        public @Nullable String detail() {
            return null;
        }
    }

    /**
     * Not now; a later attempt may work.
     *
     * @param retryAfter the receiver's own wish, at most 24 h; it only ever lengthens a wait
     * @param counts whether it counts towards the deactivation of the subscription (429 does not)
     */
    record Failed(
            Failure failure,
            String detail,
            @Nullable Integer status,
            @Nullable String body,
            @Nullable Duration retryAfter,
            boolean counts)
            implements Outcome {

        /** A failure with no answer of the other side. */
        public Failed(Failure failure, String detail) {
            this(failure, detail, null, null, null, true);
        }
    }

    /** Too much at once: not before {@code notBefore} from now is over, without using up the schedule. */
    record Throttled(
            Duration notBefore,
            String detail,
            @Nullable Integer status,
            @Nullable String body) implements Outcome {

        @Override
        public Failure failure() {
            return Failure.RATE_LIMITED;
        }
    }

    /**
     * Nothing was sent, because the gateway itself had no room. As if it had not been tried: no attempt, no step of the
     * schedule, and nothing that speaks against the receiver.
     */
    record Postponed(String detail) implements Outcome {

        /** Until it is tried again. */
        public static final Duration WAIT = Duration.ofSeconds(5);

        @Override
        public @Nullable Integer status() {
            return null;
        }

        @Override
        public @Nullable String body() {
            return null;
        }

        /** What is shown where somebody waits for the answer; deliveries have no attempt that would show it. */
        @Override
        public Failure failure() {
            return Failure.CONNECTOR_FAILED;
        }
    }

    /** Never this one; others may work. The delivery is exhausted, the subscription stays. */
    record Rejected(
            Failure failure,
            String detail,
            @Nullable Integer status,
            @Nullable String body) implements Outcome {}

    /** Nothing will work until somebody changes something: the subscription is deactivated at once. */
    record Gone(
            Failure failure,
            String detail,
            @Nullable Integer status,
            @Nullable String body) implements Outcome {}
}
