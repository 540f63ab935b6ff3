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
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The connectors there are, and whether a config of one works. */
@Tag(name = "Connectors")
@RestController
@RequestMapping("/v1/connectors")
final class ConnectorsApi {

    private final ConnectorCatalog catalog;

    ConnectorsApi(ConnectorCatalog catalog) {
        this.catalog = catalog;
    }

    @Operation(operationId = "getConnectors", summary = "List connectors by name, the broken ones too")
    @Shape(gives = Schemas.Connector.class, list = true)
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        return Answers.ok(Page.slice(
                "connectors",
                query,
                catalog.all(),
                Comparator.naturalOrder(),
                ConnectorDescription::name,
                ConnectorsApi::json));
    }

    @Operation(operationId = "getConnector", summary = "A connector with the JSON Schema of its config")
    @Shape(gives = Schemas.Connector.class)
    @GetMapping("/{name}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String name) {
        caller.require(READ);
        return Answers.ok(json(describe(name)));
    }

    @Operation(operationId = "checkConnector", summary = "Prove that a config works, by a harmless call")
    @Shape(takes = Schemas.ConnectorConfig.class, gives = Schemas.CheckResult.class)
    @PostMapping("/{name}/check")
    ResponseEntity<byte[]> check(Caller caller, @PathVariable String name, HttpServletRequest request) {
        caller.require(MANAGE);
        var description = describe(name);
        var fields = Fields.of(Bodies.json(request));
        fields.require("config");
        var config = fields.objectNode("config");
        fields.refuseUnknown();
        var connector = catalog.find(name)
                .orElseThrow(() ->
                        Refused.conflict("The connector %s cannot be used: %s".formatted(name, description.error())));
        var given = config == null ? Json.object() : config;
        if (config != null) {
            catalog.violations(name, config).stream()
                    .map(violation -> new Violation("/config" + violation.pointer(), violation.detail()))
                    .forEach(fields.violations()::add);
        }
        Invalid.throwIfAny(fields.violations());
        var result = connector.check(given);
        return Answers.ok(Json.object().put("ok", result.ok()).put("detail", result.detail()));
    }

    private ConnectorDescription describe(String name) {
        return catalog.all().stream()
                .filter(description -> description.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Refused.notFound("The connector " + name));
    }

    private static ObjectNode json(ConnectorDescription description) {
        var json = Json.object()
                .put("name", description.name())
                .put("title", description.title())
                .put("description", description.description())
                .put("icon", description.icon());
        json.set("schema", description.schema());
        json.put("state", description.ready() ? "ready" : "failed");
        if (!description.ready()) {
            json.put("error", description.error());
        }
        return json;
    }
}
