package io.waypost.intake.source;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * An address that one vendor's account posts to.
 *
 * @param kind which vendor, the name of a route file: {@code mailjet}
 * @param token the last part of the address; who knows it may post
 * @param settings as they were given, the secret in clear
 * @param unreadable why this node can read neither token nor settings, which are empty then, as the end of a sentence; null:
 *     it can
 */
public record Source(
        String id,
        String tenant,
        String kind,
        @Nullable String name,
        String token,
        ObjectNode settings,
        Instant createdAt,
        @Nullable String unreadable) {

    /** The setting that no answer and no expression gets to see. */
    public static final String SECRET = "secret";

    public static final String ZONE = "zone";

    /** One that can be read. */
    public Source(
            String id,
            String tenant,
            String kind,
            @Nullable String name,
            String token,
            ObjectNode settings,
            Instant createdAt) {
        this(id, tenant, kind, name, token, settings, createdAt, null);
    }

    /** Whether this node knows its address, and how its senders are proven. */
    public boolean readable() {
        return unreadable == null;
    }

    /** Where the vendor is told to post to, below this gateway's own address. */
    public String url() {
        return "/in/" + kind + "/" + token;
    }

    /** Its events' {@code source}. */
    public String eventSource() {
        return "/sources/" + kind + "/" + id;
    }

    /** What proves a sender; null if the token in the address has to do. */
    public @Nullable String secret() {
        return settings.path(SECRET).textValue();
    }

    /** The zone of times that name none. */
    public ZoneId zone() {
        var zone = settings.path(ZONE).textValue();
        return zone == null ? ZoneOffset.UTC : ZoneId.of(zone);
    }

    /** Without what nobody may read in a log. */
    @Override
    public String toString() {
        return eventSource();
    }

    /** The settings without the secret. */
    public ObjectNode openSettings() {
        return settings.deepCopy().without(SECRET);
    }
}
