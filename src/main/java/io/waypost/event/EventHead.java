package io.waypost.event;

import java.time.Instant;

/**
 * What is known of a stored event without reading its data.
 *
 * @param bytes of its data, in UTF-8
 * @see Event for the other components
 */
public record EventHead(
        long seq, Instant receivedAt, String tenant, String type, String source, boolean test, int bytes) {

    /** The public id, see {@link Event#id()}. */
    public String id() {
        return Event.id(receivedAt, seq);
    }
}
