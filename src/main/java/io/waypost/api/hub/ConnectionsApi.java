package io.waypost.api.hub;

import static io.waypost.tenancy.Scope.MANAGE;
import static io.waypost.tenancy.Scope.READ;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.Owners;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Page;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.ConnectionSchemas;
import io.waypost.api.openapi.Schemas;
import io.waypost.api.openapi.Shape;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.connection.Connection;
import io.waypost.connector.connection.ConnectionStore;
import io.waypost.connector.connection.Connections;
import io.waypost.connector.connection.Connections.Saved;
import io.waypost.platform.Fields;
import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Connections: credentials stored once, for many subscriptions. Their secrets are never shown. */
@Tag(name = "Connections")
@RestController
@RequestMapping("/v1/connections")
final class ConnectionsApi {

    private static final String LIST = "connections";

    private final Connections connections;
    private final Owners owners;

    ConnectionsApi(Connections connections, Owners owners) {
        this.connections = connections;
        this.owners = owners;
    }

    @Operation(operationId = "createConnection", summary = "Store a credential; of oauth2 a token is asked for first")
    @Shape(takes = ConnectionSchemas.NewConnection.class, status = 201, gives = ConnectionSchemas.SavedConnection.class)
    @PostMapping
    ResponseEntity<byte[]> create(Caller caller, HttpServletRequest request) {
        caller.require(MANAGE);
        var body = Bodies.json(request);
        var fields = Fields.of(body);
        var tenant = owners.named(caller, fields);
        if (!fields.violations().isEmpty()) {
            throw Invalid.of(fields.violations(), connections.violations(body));
        }
        var saved = connections.create(tenant, body);
        return Answers.created("/v1/connections/" + saved.connection().id(), json(saved));
    }

    @Operation(operationId = "getConnections", summary = "List connections, newest first")
    @Shape(
            gives = ConnectionSchemas.Connection.class,
            list = true,
            query = {"kind", "tenant"})
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        var limit = query.limit();
        var before = query.cursor(LIST, key -> Ids.numbers("at", key, 1)[0]);
        var asked = new ConnectionStore.Query(
                owners.listed(caller, query),
                query.read("kind", "must be bearer, header, basic, oauth2 or mtls", ConnectionsApi::kind),
                before == null ? Long.MAX_VALUE : before,
                limit + 1);
        query.verify();
        var found = connections.list(asked);
        return Answers.ok(Page.of(LIST, found, limit, one -> Ids.of("at", one.no()), connections::toJson));
    }

    @Operation(operationId = "getConnection", summary = "A connection, without its secret")
    @Shape(gives = ConnectionSchemas.Connection.class)
    @GetMapping("/{id}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String id) {
        caller.require(READ);
        return Answers.ok(connections.toJson(own(caller, id)));
    }

    @Operation(operationId = "updateConnection", summary = "Change a connection by a JSON merge patch (RFC 7396)")
    @Shape(
            takes = ConnectionSchemas.ConnectionPatch.class,
            as = {"application/merge-patch+json", "application/json"},
            gives = ConnectionSchemas.SavedConnection.class)
    @PatchMapping("/{id}")
    ResponseEntity<byte[]> patch(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        own(caller, id);
        return Answers.ok(json(connections.patch(id, Bodies.patch(request))));
    }

    @Operation(operationId = "deleteConnection", summary = "Delete a connection that no subscription uses")
    @Shape(status = 204)
    @DeleteMapping("/{id}")
    ResponseEntity<byte[]> delete(Caller caller, @PathVariable String id) {
        caller.require(MANAGE);
        own(caller, id);
        connections.delete(id);
        return Answers.noContent();
    }

    @Operation(operationId = "checkConnection", summary = "Try what can be tried without a receiver")
    @Shape(gives = Schemas.CheckResult.class)
    @PostMapping("/{id}/check")
    ResponseEntity<byte[]> check(Caller caller, @PathVariable String id) {
        caller.require(MANAGE);
        own(caller, id);
        return Answers.ok(json(connections.check(id)));
    }

    /** @throws Refused (not found) for what is another tenant's, too */
    private Connection own(Caller caller, String id) {
        var connection = connections.get(id);
        if (!caller.sees(connection.tenant())) {
            throw Refused.notFound(id);
        }
        return connection;
    }

    private static Connection.@org.jspecify.annotations.Nullable Kind kind(String code) {
        return Arrays.stream(Connection.Kind.values())
                .filter(kind -> kind.code().equals(code))
                .findFirst()
                .orElse(null);
    }

    private ObjectNode json(Saved saved) {
        var json = connections.toJson(saved.connection());
        if (saved.check() != null) {
            json.set("check", json(saved.check()));
        }
        return json;
    }

    private static ObjectNode json(CheckResult result) {
        return Json.object().put("ok", result.ok()).put("detail", result.detail());
    }
}
