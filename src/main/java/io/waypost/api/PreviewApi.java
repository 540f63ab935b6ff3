package io.waypost.api;

import static io.waypost.tenancy.Scope.MANAGE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.openapi.Shape;
import io.waypost.api.openapi.SubscriptionSchemas;
import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.event.Event;
import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import io.waypost.subscription.Subscriptions;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** What a subscription would do with an event; nothing is sent or stored. */
@Tag(name = "Subscriptions")
@RestController
final class PreviewApi {

    private final Subscriptions subscriptions;
    private final EventReading reading;
    private final Owners owners;

    PreviewApi(Subscriptions subscriptions, EventReading reading, Owners owners) {
        this.subscriptions = subscriptions;
        this.reading = reading;
        this.owners = owners;
    }

    @Operation(operationId = "previewWebHook", summary = "What a subscription would do with an event")
    @Shape(takes = SubscriptionSchemas.PreviewOrder.class, gives = SubscriptionSchemas.Preview.class)
    @PostMapping("/v1/subscriptions/preview")
    ResponseEntity<byte[]> preview(Caller caller, HttpServletRequest request) {
        caller.require(MANAGE);
        var fields = Fields.of(Bodies.json(request));
        fields.require("subscription");
        var subscription = fields.objectNode("subscription");
        var sample = fields.any("event");
        var eventId = fields.line("eventId", 100);
        if (sample == null && eventId == null) {
            fields.wrong("event", "is required, or eventId in its place");
        } else if (sample != null && eventId != null) {
            fields.wrong("eventId", "must not be given beside event");
        }
        var parts = subscription == null ? null : fields.object("subscription");
        var tenant = parts == null ? "" : owners.named(caller, parts);
        fields.refuseUnknown();
        var event = event(caller, tenant, sample, eventId, fields.violations());
        if (subscription != null && event != null && fields.violations().isEmpty()) {
            return Answers.ok(json(preview(tenant, subscription, event)));
        }
        if (subscription != null) {
            fields.violations()
                    .addAll(Violations.of(subscriptions.violations(tenant, subscription))
                            .at(below -> "/subscription" + below));
        }
        throw new Invalid(fields.violations());
    }

    private @Nullable Event event(
            Caller caller,
            String tenant,
            @Nullable JsonNode sample,
            @Nullable String eventId,
            List<Violation> violations) {
        try {
            if (sample != null) {
                return reading.sample(caller, tenant, sample, "/event");
            }
            return eventId == null ? null : stored(caller, eventId);
        } catch (Invalid e) {
            violations.addAll(e.violations());
            return null;
        }
    }

    private Subscriptions.Preview preview(String tenant, JsonNode subscription, Event event) {
        try {
            return subscriptions.preview(tenant, subscription, event);
        } catch (Invalid e) {
            throw e.at(below -> "/subscription" + below);
        }
    }

    private Event stored(Caller caller, String id) {
        try {
            return owners.event(caller, id);
        } catch (Refused e) {
            throw e.reason() == Refused.Reason.NOT_FOUND ? new Invalid("/eventId", "must be the id of an event") : e;
        }
    }

    private static ObjectNode json(Subscriptions.Preview preview) {
        var json = Json.object().put("matches", preview.matches());
        json.set("checks", DeliveryJson.of(preview.checks()));
        json.set("request", json(preview.request()));
        return json;
    }

    private static @Nullable ObjectNode json(@Nullable PreparedRequest request) {
        if (request == null) {
            return null;
        }
        var json = Json.object().put("method", request.method()).put("url", request.url());
        var headers = json.putObject("headers");
        request.headers().forEach(headers::put);
        return json.put("body", request.body());
    }
}
