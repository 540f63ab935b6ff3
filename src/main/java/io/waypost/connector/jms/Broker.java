package io.waypost.connector.jms;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A broker, who we are to it, and where in it messages go.
 *
 * @param host as it is written; an IPv6 address in brackets
 * @param topic whether {@code name} is a topic; a queue else
 */
record Broker(
        String host,
        int port,
        boolean tls,
        String name,
        boolean topic,
        @Nullable String username,
        @Nullable String password) {

    private static final Pattern URL =
            Pattern.compile("([a-z]+)://(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?");

    /**
     * @param config with defaults
     * @throws IllegalArgumentException if the URL leads nowhere; clients would read options and further URLs out of it, so
     *     it is taken apart here and they never see it
     */
    static Broker of(JsonNode config, Protocol protocol) {
        var url = URL.matcher(config.path("url").asText());
        if (!url.matches()) {
            throw new IllegalArgumentException("must be %s, without anything else".formatted(protocol.form()));
        }
        var tls = url.group(1).equals(protocol.secure());
        if (!tls && !url.group(1).equals(protocol.plain())) {
            throw new IllegalArgumentException("must be " + protocol.form());
        }
        var port = url.group(3) == null ? protocol.port(tls) : Integer.parseInt(url.group(3));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("must have a port from 1 to 65535");
        }
        return new Broker(
                url.group(2),
                port,
                tls,
                config.path(config.hasNonNull("topic") ? "topic" : "queue").asText(),
                config.hasNonNull("topic"),
                text(config, "username"),
                text(config, "password"));
    }

    private static @Nullable String text(JsonNode config, String field) {
        return config.hasNonNull(field) ? config.path(field).asText() : null;
    }
}
