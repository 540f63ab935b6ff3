package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.Credential;
import io.waypost.connector.Credential.Certificate;
import io.waypost.connector.Masking;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks a config together with the connection that stands for a part of it. */
public final class SuppliedConfig {

    private SuppliedConfig() {}

    /**
     * All that is wrong, with pointers {@code /config/…} or, where the connection is to blame, {@code /connection}.
     *
     * @param connector one that can be used
     * @param credential null without a connection
     */
    public static List<Violation> violations(
            ConnectorCatalog connectors, String connector, ObjectNode config, @Nullable Credential credential) {
        var found = new Violations();
        var whole = config;
        if (credential != null) {
            try {
                whole = connectors.supplied(connector, config, credential);
            } catch (IllegalArgumentException e) {
                found.add(new Violation("/connection", String.valueOf(e.getMessage())));
            }
        }
        if (credential instanceof Certificate && isPlain(config.path("url").asText())) {
            found.add(new Violation("/connection", "shows its certificate over https only, and config.url is http"));
        }
        for (var violation : connectors.violations(connector, whole)) {
            if (!isSupplied(violation.pointer(), config, whole)) {
                found.add(new Violation("/config" + violation.pointer(), violation.detail()));
            } else if (isSent(violation.pointer(), whole)) {
                found.add(new Violation(
                        "/connection",
                        "gives the field %s, which %s".formatted(name(violation.pointer()), violation.detail())));
            }
        }
        return found;
    }

    private static boolean isPlain(String url) {
        return url.regionMatches(true, 0, "http:", 0, 5);
    }

    private static boolean isSupplied(String pointer, ObjectNode config, ObjectNode whole) {
        var name = name(pointer);
        return whole.has(name) && !whole.get(name).equals(config.get(name));
    }

    /** What only stands in for a field that is not sent need not be anything. */
    private static boolean isSent(String pointer, ObjectNode whole) {
        return !Masking.MASK.equals(whole.path(name(pointer)).textValue());
    }

    private static String name(String pointer) {
        return pointer.startsWith("/") ? pointer.substring(1) : pointer;
    }
}
