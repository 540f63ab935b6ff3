package io.waypost.event;

import java.util.List;

/**
 * A run of the log that one node works on until its lease ends.
 *
 * @param first the lowest sequence number, also the segment's name
 * @param last the highest
 * @param fence counts the nodes that have taken it; a node that lost it has an older number and no say
 * @param events the events in it, in order; fewer than {@code last - first + 1} only if retention took some
 * @param takenOver whether another node may have done a part of it already
 */
public record LogSegment(long first, long last, int fence, List<Event> events, boolean takenOver) {

    /** Names the segment to the log when it is finished. */
    public record Key(long first, int fence) {}

    public Key key() {
        return new Key(first, fence);
    }
}
