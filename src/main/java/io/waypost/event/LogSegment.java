package io.waypost.event;

import java.util.List;

/**
 * A range of the event log that is leased to one node.
 *
 * @param first the lowest sequence number; it identifies the segment
 * @param last the highest sequence number
 * @param fence the number of the claim, raised each time a node takes the segment; calls with an older fence have no effect
 * @param events the events in it, in order; fewer than {@code last - first + 1} only if the retention has deleted some
 * @param subscriptions the revision of the subscriptions when it was leased: whoever matches it has to know them up to there
 * @param takenOver whether another node may have fanned out a part of it already
 */
public record LogSegment(long first, long last, int fence, List<Event> events, long subscriptions, boolean takenOver) {

    /** Identifies the segment and the claim on it. */
    public record Key(long first, int fence) {}

    public Key key() {
        return new Key(first, fence);
    }
}
