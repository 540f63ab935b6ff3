package io.waypost.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Page;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.Schemas;
import io.waypost.api.openapi.Shape;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.tenancy.ApiKey;
import io.waypost.tenancy.ApiKeys;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Scope;
import io.waypost.tenancy.Tenant;
import io.waypost.tenancy.Tenants;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tenants and their keys; for admin keys only. */
@Tag(name = "Tenants")
@RestController
@RequestMapping("/v1/tenants")
final class TenantsApi {

    private static final String LIST = "tenants";
    private static final int LONGEST = 200;

    private final Tenants tenants;
    private final ApiKeys keys;

    TenantsApi(Tenants tenants, ApiKeys keys) {
        this.tenants = tenants;
        this.keys = keys;
    }

    @Operation(operationId = "getTenants", summary = "List tenants, newest first")
    @Shape(gives = Schemas.Tenant.class, list = true)
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.requireAdmin();
        var limit = query.limit();
        var before = query.cursor(LIST, Long::valueOf);
        query.verify();
        var found = tenants.list(before == null ? Long.MAX_VALUE : before, limit + 1);
        return Answers.ok(Page.of(LIST, found, limit, tenant -> Long.toString(tenant.no()), TenantsApi::json));
    }

    @Operation(operationId = "createTenant", summary = "Create a tenant")
    @Shape(takes = Schemas.NewTenant.class, status = 201, gives = Schemas.Tenant.class)
    @PostMapping
    ResponseEntity<byte[]> create(Caller caller, HttpServletRequest request) {
        caller.requireAdmin();
        var fields = Fields.of(Bodies.json(request));
        var id = fields.required(fields.line("id", LONGEST), "id");
        var name = fields.line("name", LONGEST);
        var fault = id.isEmpty() ? null : Tenants.idFault(id);
        if (fault != null) {
            fields.wrong("id", fault);
        }
        fields.done();
        var created = tenants.create(id, name);
        return Answers.created("/v1/tenants/" + created.id(), json(created));
    }

    @Operation(operationId = "createKey", summary = "Create a key for a tenant; the answer alone shows it")
    @Shape(takes = Schemas.NewKey.class, status = 201, gives = Schemas.CreatedKey.class)
    @PostMapping("/{tenant}/keys")
    ResponseEntity<byte[]> createKey(Caller caller, @PathVariable String tenant, HttpServletRequest request) {
        caller.requireAdmin();
        var fields = Fields.of(Bodies.json(request));
        var name = fields.required(fields.line("name", LONGEST), "name");
        fields.require("scopes");
        var scopes = scopes(fields);
        fields.done();
        var created = keys.create(tenant, name, scopes);
        var json = json(created.key()).put("key", created.text());
        return Answers.created(
                "/v1/tenants/%s/keys/%s".formatted(tenant, created.key().id()), json);
    }

    @Operation(operationId = "getKeys", summary = "List a tenant's keys, without the keys themselves")
    @Shape(gives = Schemas.Key.class, list = true)
    @GetMapping("/{tenant}/keys")
    ResponseEntity<byte[]> keys(Caller caller, @PathVariable String tenant, Query query) {
        caller.requireAdmin();
        var all = keys.list(tenant);
        return Answers.ok(Page.slice("keys", query, all, Comparator.reverseOrder(), ApiKey::id, TenantsApi::json));
    }

    @Operation(operationId = "getKeyById", summary = "A key, without the key itself")
    @Shape(gives = Schemas.Key.class)
    @GetMapping("/{tenant}/keys/{id}")
    ResponseEntity<byte[]> key(Caller caller, @PathVariable String tenant, @PathVariable String id) {
        caller.requireAdmin();
        return keys.list(tenant).stream()
                .filter(key -> key.id().equals(id))
                .findFirst()
                .map(key -> Answers.ok(json(key)))
                .orElseThrow(() -> Refused.notFound("The key"));
    }

    @Operation(operationId = "deleteKey", summary = "Take a key back")
    @Shape(status = 204)
    @DeleteMapping("/{tenant}/keys/{id}")
    ResponseEntity<byte[]> deleteKey(Caller caller, @PathVariable String tenant, @PathVariable String id) {
        caller.requireAdmin();
        keys.delete(tenant, id);
        return Answers.noContent();
    }

    private static Set<Scope> scopes(Fields fields) {
        var names = fields.lines(
                "scopes",
                1,
                Scope.values().length,
                LONGEST,
                name -> Scope.of(name).isPresent() ? null : "must be publish, manage or read");
        var scopes = EnumSet.noneOf(Scope.class);
        if (names != null) {
            names.forEach(name -> Scope.of(name).ifPresent(scopes::add));
        }
        return scopes;
    }

    private static ObjectNode json(Tenant tenant) {
        return Json.object()
                .put("id", tenant.id())
                .put("name", tenant.name())
                .put("createdAt", tenant.createdAt().toString());
    }

    private static ObjectNode json(ApiKey key) {
        var json = Json.object().put("id", key.id()).put("tenant", key.tenant()).put("name", key.name());
        var scopes = json.putArray("scopes");
        key.scopes().stream().sorted().map(Scope::code).forEach(scopes::add);
        return json.put("createdAt", key.createdAt().toString());
    }
}
