package io.waypost.delivery;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What waits in the replay buffer of one subscription: not the events (the log has them) but the stretch of the log they
 * lie in. Of the same size however many there are.
 *
 * @param subscription its internal number
 * @param first the lowest sequence number; 0 if only dropped ones were counted
 * @param last the highest
 * @param count events in it that the subscription wants
 * @param dropped events that came after the buffer's window
 * @param stretches the latest stretches counted in; one that is dispatched again after a crash is not counted twice
 */
public record Span(long subscription, long first, long last, long count, long dropped, List<Long> stretches)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** More than all nodes can have open at once. */
    private static final int STRETCHES_REMEMBERED = 256;

    public Span {
        stretches = new ArrayList<>(stretches);
    }

    /** A span of one stretch. */
    static Span of(long subscription, long stretch, List<Long> wanted, long dropped) {
        return wanted.isEmpty()
                ? new Span(subscription, 0, 0, 0, dropped, List.of(stretch))
                : new Span(
                        subscription, wanted.getFirst(), wanted.getLast(), wanted.size(), dropped, List.of(stretch));
    }

    /** Both together; {@code other} counts only if none of its stretches is in here already. */
    public Span plus(Span other) {
        if (other.stretches.stream().anyMatch(stretches::contains)) {
            return this;
        }
        var known = new ArrayList<>(stretches);
        known.addAll(other.stretches);
        var forget = Math.max(0, known.size() - STRETCHES_REMEMBERED);
        return new Span(
                subscription,
                first == 0 ? other.first : other.first == 0 ? first : Math.min(first, other.first),
                Math.max(last, other.last),
                count + other.count,
                dropped + other.dropped,
                known.subList(forget, known.size()));
    }
}
