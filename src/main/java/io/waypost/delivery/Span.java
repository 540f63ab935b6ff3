package io.waypost.delivery;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What waits in the replay buffer of one subscription: not the events (the log has them) but the stretch of the log they
 * lie in. Written down it is of the same size, to the byte, however many there are.
 *
 * @param subscription its internal number
 * @param first the lowest sequence number; 0 if only dropped ones were counted
 * @param last the highest
 * @param count events in it that the subscription wants
 * @param dropped events that came after the buffer's window
 * @param stretches the latest stretches counted in; one that is dispatched again after a crash is not counted twice
 */
public record Span(long subscription, long first, long last, long count, long dropped, Stretches stretches)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /**
     * A span of one stretch.
     *
     * @param first 0, and {@code last} too, if only dropped ones were counted
     */
    public static Span of(long subscription, long stretch, long first, long last, long count, long dropped) {
        return new Span(subscription, first, last, count, dropped, Stretches.of(stretch));
    }

    /** What goes back into the buffer, from a replay that was broken off. */
    public static Span returned(long subscription, long first, long last, long count) {
        return new Span(subscription, first, last, count, 0, Stretches.of());
    }

    /** Both together; {@code other} counts only if none of its stretches is in here already. */
    public Span plus(Span other) {
        if (stretches.overlap(other.stretches)) {
            return this;
        }
        return new Span(
                subscription,
                first == 0 ? other.first : other.first == 0 ? first : Math.min(first, other.first),
                Math.max(last, other.last),
                count + other.count,
                dropped + other.dropped,
                stretches.plus(other.stretches));
    }

    /** The first sequence numbers of stretches, the latest last; so many places that all nodes have fewer open at once. */
    public static final class Stretches implements Serializable {

        private static final long serialVersionUID = 1;

        private static final int REMEMBERED = 256;
        private static final long NONE = -1;

        private final long[] starts;

        private Stretches(long[] starts) {
            this.starts = starts;
        }

        static Stretches of(long... latest) {
            var starts = new long[REMEMBERED];
            Arrays.fill(starts, NONE);
            System.arraycopy(latest, 0, starts, REMEMBERED - latest.length, latest.length);
            return new Stretches(starts);
        }

        private LongStream all() {
            return Arrays.stream(starts).filter(start -> start != NONE);
        }

        private boolean overlap(Stretches other) {
            return other.all().anyMatch(theirs -> all().anyMatch(ours -> ours == theirs));
        }

        private Stretches plus(Stretches other) {
            var added = other.all().toArray();
            var sum = Arrays.copyOfRange(starts, added.length, added.length + REMEMBERED);
            System.arraycopy(added, 0, sum, REMEMBERED - added.length, added.length);
            return new Stretches(sum);
        }
    }
}
