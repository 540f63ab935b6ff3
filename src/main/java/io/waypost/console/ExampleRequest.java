package io.waypost.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.Message;
import io.waypost.event.Event;
import io.waypost.event.EventType;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.subscription.DeliveryProfile;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** The request that a webhook would get of an event, made by what makes the real ones. */
@Component
final class ExampleRequest {

    /** Signs the examples and nothing else, so that whoever writes a check can try it with them. */
    static final String SECRET = "whsec_YW4gZXhhbXBsZSwgYW5kIG5vIHNlY3JldA==";

    static final String URL = "https://example.com/hook";

    private static final Instant HAPPENED = Instant.parse("2026-02-12T09:30:00Z");
    private static final Instant RECEIVED = Instant.parse("2026-02-12T09:30:00.250Z");
    private static final Instant SENT = Instant.parse("2026-02-12T09:30:01Z");

    private final ConnectorCatalog connectors;

    ExampleRequest(ConnectorCatalog connectors) {
        this.connectors = connectors;
    }

    /** The first attempt, with all settings as they are if nobody sets them. */
    PreparedRequest of(EventType type) {
        var message = new Message(
                "webhook",
                Json.object().put("url", URL),
                null,
                List.of(SECRET),
                event(type.name(), type.example() == null ? Json.object() : type.example()),
                null,
                Ids.of("dlv", Ids.micros(RECEIVED), 42),
                1,
                false,
                false,
                SENT,
                DeliveryProfile.STANDARD.timeout(),
                DeliveryProfile.STANDARD.success());
        var webhook = connectors.find("webhook").orElseThrow();
        return Objects.requireNonNull(webhook.prepare(message), "a webhook is a request");
    }

    private static Event event(String type, JsonNode data) {
        return new Event(
                42, RECEIVED, "default", type, "/", null, null, HAPPENED, false, null, Json.write(data), false);
    }
}
