package io.waypost.api;

import static io.waypost.tenancy.Scope.MANAGE;
import static io.waypost.tenancy.Scope.READ;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Page;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.Schemas;
import io.waypost.api.openapi.Shape;
import io.waypost.event.EventType;
import io.waypost.event.EventTypes;
import io.waypost.event.TypeName;
import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Tenants;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import java.util.Objects;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Kinds of events: the shipped catalogue, and each tenant's own beside it. */
@Tag(name = "Event types")
@RestController
@RequestMapping("/v1/event-types")
final class EventTypesApi {

    private static final int LONGEST_DESCRIPTION = 2_000;

    private final EventTypes types;
    private final Owners owners;

    EventTypesApi(EventTypes types, Owners owners) {
        this.types = types;
        this.owners = owners;
    }

    @Operation(operationId = "getEventTypes", summary = "List event types by name: the catalogue and your own")
    @Shape(gives = Schemas.EventType.class, list = true, query = "tenant")
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        var all = types.list(tenant(caller, query));
        return Answers.ok(
                Page.slice("event-types", query, all, Comparator.naturalOrder(), EventType::name, EventTypesApi::json));
    }

    @Operation(operationId = "getEventType", summary = "An event type")
    @Shape(gives = Schemas.EventType.class, query = "tenant")
    @GetMapping("/{name}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String name, Query query) {
        caller.require(READ);
        var found = types.find(tenant(caller, query), name);
        return Answers.ok(json(found.orElseThrow(() -> Refused.notFound("The event type"))));
    }

    @Operation(operationId = "putEventType", summary = "Describe an event type of your own; its schema then holds")
    @Shape(takes = Schemas.NewEventType.class, gives = Schemas.EventType.class, query = "tenant")
    @PutMapping("/{name}")
    ResponseEntity<byte[]> put(Caller caller, @PathVariable String name, Query query, HttpServletRequest request) {
        caller.require(MANAGE);
        var byQuery = tenant(caller, query);
        var fields = Fields.of(Bodies.json(request));
        var tenant = fields.has("tenant") ? owners.named(caller, fields) : byQuery;
        var named = fields.line("name", TypeName.MAX_LENGTH);
        if (named != null && !named.equals(name)) {
            fields.wrong("name", "must be the name in the path, or left out");
        }
        var description = fields.text("description", LONGEST_DESCRIPTION);
        var schema = fields.any("schema");
        var example = fields.any("example");
        fields.refuseUnknown();
        if (!fields.violations().isEmpty()) {
            throw Invalid.of(fields.violations(), EventTypes.violations(name, description, schema, example));
        }
        return Answers.ok(json(types.put(tenant, name, description, schema, example)));
    }

    @Operation(operationId = "deleteEventType", summary = "Delete an event type of your own")
    @Shape(status = 204, query = "tenant")
    @DeleteMapping("/{name}")
    ResponseEntity<byte[]> delete(Caller caller, @PathVariable String name, Query query) {
        caller.require(MANAGE);
        types.delete(tenant(caller, query), name);
        return Answers.noContent();
    }

    /** Types belong to one tenant, so an admin key that names none means the default one. */
    private String tenant(Caller caller, Query query) {
        var named = owners.listed(caller, query);
        query.verify();
        return Objects.requireNonNullElse(named, Tenants.DEFAULT);
    }

    private static ObjectNode json(EventType type) {
        var json = Json.object().put("name", type.name()).put("description", type.description());
        json.set("schema", type.schema());
        json.set("example", type.example());
        return json.put("shipped", type.tenant() == null);
    }
}
