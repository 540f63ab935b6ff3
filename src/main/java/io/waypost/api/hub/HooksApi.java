package io.waypost.api.hub;

import static io.waypost.tenancy.Scope.MANAGE;
import static io.waypost.tenancy.Scope.READ;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.Owners;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.HookSchemas;
import io.waypost.api.openapi.Shape;
import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscriptions;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Tenants;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Objects;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** REST hooks, as Zapier, n8n and Make make and unmake them by themselves. A hook is a subscription like any other. */
@Tag(name = "REST hooks")
@RestController
final class HooksApi {

    private final Subscriptions subscriptions;
    private final HookSamples samples;
    private final Owners owners;

    HooksApi(Subscriptions subscriptions, HookSamples samples, Owners owners) {
        this.subscriptions = subscriptions;
        this.samples = samples;
        this.owners = owners;
    }

    @Operation(operationId = "subscribeHook", summary = "Create a hook; a 410 from its target deletes it")
    @Shape(takes = HookSchemas.NewHook.class, status = 201, gives = HookSchemas.Hook.class)
    @PostMapping("/hooks")
    ResponseEntity<byte[]> create(Caller caller, HttpServletRequest request) {
        caller.require(MANAGE);
        var body = Bodies.json(request);
        var order = HookOrder.of(body);
        var violations = new ArrayList<>(order.missing());
        var fields = Fields.of(body);
        var tenant = owners.named(caller, fields);
        violations.addAll(fields.violations());
        if (!violations.isEmpty()) {
            throw new Invalid(violations);
        }
        try {
            var created = subscriptions.create(tenant, order.definition());
            return Answers.created("/v1/subscriptions/" + created.id(), json(created));
        } catch (Invalid e) {
            throw e.at(order::asPosted);
        }
    }

    private ObjectNode json(Subscription hook) {
        var shown = subscriptions.toJson(hook.definition());
        var json =
                Json.object().put("id", hook.id()).put("app", hook.definition().app());
        json.set("events", shown.path("events"));
        json.set("target_url", shown.at("/config/url"));
        json.put("flat", shown.at("/config/format").asText().equals("flat"));
        json.put("active", hook.active());
        json.put("secret", hook.secrets().getFirst().value());
        return json.put("createdAt", hook.createdAt().toString());
    }

    @Operation(operationId = "unsubscribeHook", summary = "Delete a hook, also when it is already gone")
    @Shape(status = 204)
    @DeleteMapping("/hooks/{id}")
    ResponseEntity<byte[]> delete(Caller caller, @PathVariable String id) {
        caller.require(MANAGE);
        try {
            subscriptions.delete(owners.subscription(caller, id).id());
        } catch (Refused e) {
            if (e.reason() != Refused.Reason.NOT_FOUND) {
                throw e;
            }
        }
        return Answers.noContent();
    }

    @Operation(
            operationId = "sampleHook",
            summary = "What a hook would receive, newest first: your own events, else the catalogue's example")
    @Shape(
            gives = HookSchemas.Sample[].class,
            query = {"event_type", "flat", "tenant"})
    @GetMapping("/hooks/sample")
    ResponseEntity<byte[]> sample(Caller caller, Query query) {
        caller.require(READ);
        var named = query.text("event_type");
        var wanted = named != null ? named : query.text("event");
        var flat = Boolean.TRUE.equals(query.bool("flat"));
        var tenant = owners.listed(caller, query);
        if (wanted == null) {
            query.wrong("event_type", "is required: the name of an event such as message.opened");
        }
        query.verify();
        var found = samples.of(
                Objects.requireNonNullElse(tenant, Tenants.DEFAULT), Objects.requireNonNullElse(wanted, ""), flat);
        return Answers.ok(Json.MAPPER.createArrayNode().addAll(found));
    }
}
