package io.waypost.connector.email;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A mail server and who we are to it.
 *
 * @param greeting the name we greet it with: the domain of the sender
 */
record MailServer(
        String host,
        int port,
        Security security,
        @Nullable String username,
        @Nullable String password,
        String greeting) {

    /** How the connection is encrypted, and the port that goes with it. */
    enum Security {
        NONE(25),
        STARTTLS(587),
        TLS(465);

        private final int port;

        Security(int port) {
            this.port = port;
        }
    }

    /** @param config with defaults, checked */
    static MailServer of(JsonNode config) {
        var security =
                Security.valueOf(config.path("security").asText("starttls").toUpperCase(Locale.ROOT));
        return new MailServer(
                config.path("host").asText(),
                config.path("port").asInt(security.port),
                security,
                text(config, "username"),
                text(config, "password"),
                Letter.domain(config.path("from").asText()));
    }

    private static @Nullable String text(JsonNode config, String field) {
        return config.hasNonNull(field) ? config.path(field).asText() : null;
    }
}
