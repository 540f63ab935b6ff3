package io.waypost.intake.source;

import java.time.Instant;

/**
 * Something that came to a source and became no event.
 *
 * @param reason in words for the one who set the source up
 * @param body the first {@value #MOST_BODY} characters
 */
public record Rejected(String id, String source, Instant at, String reason, String body) {

    /** So much is kept of a body. */
    public static final int MOST_BODY = 16 * 1024;

    /** So many are kept of a source, the newest. */
    public static final int MOST = 200;
}
