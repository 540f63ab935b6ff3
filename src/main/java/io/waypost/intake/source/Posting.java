package io.waypost.intake.source;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a vendor posted, as it came.
 *
 * @param headers by their names in lower case; several of one name joined by commas
 * @param query not decoded; empty if there is none
 * @param body the raw bytes, which signatures are over
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; the bytes are read by many and changed by nobody.
public record Posting(String method, Map<String, String> headers, String query, byte[] body, Instant receivedAt) {

    /** A header, or null; the name in lower case. */
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    /** What a GET says it says in its query. */
    public boolean isGet() {
        return method.equals("GET");
    }

    /** Without what nobody may read in a log. */
    @Override
    public String toString() {
        return "%s of %d bytes".formatted(method, body.length);
    }

    /** For the eyes of people: what of the body is text. */
    public String text() {
        var most = Math.min(body.length, 4 * Rejected.MOST_BODY);
        return new String(body, 0, most, StandardCharsets.UTF_8);
    }
}
