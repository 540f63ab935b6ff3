package io.waypost.delivery;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What waits in the replay buffer of one subscription: not the events, which the log has, but the range of the log they lie in. Its
 * serialized form has the same size, to the byte, however many events there are.
 *
 * @param subscription its internal number
 * @param first the lowest sequence number; 0 if only dropped ones were counted
 * @param last the highest
 * @param count events of the range that the subscription wants
 * @param dropped events that came after the buffer's window
 * @param segments the latest log segments counted; a segment that is dispatched again after a crash is not counted twice
 */
public record MissedRange(long subscription, long first, long last, long count, long dropped, Segments segments)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /**
     * A range of one segment.
     *
     * @param first 0, and {@code last} too, if only dropped ones were counted
     */
    public static MissedRange of(long subscription, long segment, long first, long last, long count, long dropped) {
        return new MissedRange(subscription, first, last, count, dropped, Segments.of(segment));
    }

    /** What a replay that was broken off puts back into the buffer. */
    public static MissedRange returned(long subscription, long first, long last, long count) {
        return new MissedRange(subscription, first, last, count, 0, Segments.of());
    }

    /** The sum; {@code other} counts only if none of its segments has been counted. */
    public MissedRange plus(MissedRange other) {
        if (segments.overlap(other.segments)) {
            return this;
        }
        return new MissedRange(
                subscription,
                first == 0 ? other.first : other.first == 0 ? first : Math.min(first, other.first),
                Math.max(last, other.last),
                count + other.count,
                dropped + other.dropped,
                segments.plus(other.segments));
    }

    /** The first sequence numbers of segments, the latest last: more than all nodes together have open at once. */
    public static final class Segments implements Serializable {

        private static final long serialVersionUID = 1;

        private static final int REMEMBERED = 256;
        private static final long NONE = -1;

        private final long[] starts;

        private Segments(long[] starts) {
            this.starts = starts;
        }

        static Segments of(long... latest) {
            var starts = new long[REMEMBERED];
            Arrays.fill(starts, NONE);
            System.arraycopy(latest, 0, starts, REMEMBERED - latest.length, latest.length);
            return new Segments(starts);
        }

        private LongStream all() {
            return Arrays.stream(starts).filter(start -> start != NONE);
        }

        private boolean overlap(Segments other) {
            return other.all().anyMatch(theirs -> all().anyMatch(ours -> ours == theirs));
        }

        private Segments plus(Segments other) {
            var added = other.all().toArray();
            var sum = Arrays.copyOfRange(starts, added.length, added.length + REMEMBERED);
            System.arraycopy(added, 0, sum, REMEMBERED - added.length, added.length);
            return new Segments(sum);
        }
    }
}
