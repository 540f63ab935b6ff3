package io.waypost.route.camel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.intake.EventReader;
import io.waypost.intake.Intake;
import io.waypost.platform.Json;
import io.waypost.route.resource.Undisturbed;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Scope;
import io.waypost.tenancy.Tenants;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.springframework.stereotype.Component;

/** Publishes what flows make, by the rules of the API. */
@Component
final class FlowPublisher {

    private static final Caller FLOWS = new Caller(null, "flows", Set.of(Scope.PUBLISH));

    private final EventReader reader;
    private final Intake intake;
    private final Tenants tenants;
    private final Clock clock;

    FlowPublisher(EventReader reader, Intake intake, Tenants tenants, Clock clock) {
        this.reader = reader;
        this.intake = intake;
        this.tenants = tenants;
        this.clock = clock;
    }

    /** @throws IllegalArgumentException if there is no such tenant */
    void requireTenant(String tenant) {
        if (!tenants.exists(tenant)) {
            throw new IllegalArgumentException("there is no tenant " + tenant);
        }
    }

    /**
     * Stores the events, all or none, and returns when they are on disk.
     *
     * @throws RuntimeException if they are refused; the route then fails
     */
    void publish(Exchange exchange, String tenant) {
        var body = events(exchange);
        if (body instanceof ArrayNode array) {
            array.forEach(event -> complete(event, exchange, tenant));
        } else {
            complete(body, exchange, tenant);
        }
        var bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
        Undisturbed.run(() -> intake.publish(reader.read("application/json", Map.of(), bytes, FLOWS, clock.instant())));
    }

    private static JsonNode events(Exchange exchange) {
        var body = FlowBody.json(exchange);
        return body.isTextual() ? Json.read(body.textValue().getBytes(StandardCharsets.UTF_8)) : body.deepCopy();
    }

    /** Says whose it is and where it is from, and gives it an id that the same step gives it again after a failure. */
    private static void complete(JsonNode event, Exchange exchange, String tenant) {
        if (!(event instanceof ObjectNode fields)) {
            return;
        }
        var message = FlowBody.message(exchange);
        if (!fields.has("id") && message != null) {
            fields.put("id", message.delivery() + "-" + fingerprint(fields, exchange));
        }
        if (!fields.has("source")) {
            fields.put("source", "/routes/" + exchange.getFromRouteId());
        }
        if (!fields.has("tenant")) {
            var owner = message == null ? Tenants.DEFAULT : message.event().tenant();
            fields.put("tenant", tenant.isEmpty() ? owner : tenant);
        }
    }

    /** Of what is published twice in one run each gets a number. */
    private static String fingerprint(ObjectNode fields, Exchange exchange) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var hash = digest.digest(Json.write(fields).getBytes(StandardCharsets.UTF_8));
            var content = HexFormat.of().formatHex(hash, 0, 12);
            var count = FlowBody.timesPublished(exchange, content);
            return count == 1 ? content : content + "-" + count;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
