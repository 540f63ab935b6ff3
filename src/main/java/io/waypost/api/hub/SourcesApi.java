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
import io.waypost.api.openapi.HubSchemas;
import io.waypost.api.openapi.Shape;
import io.waypost.connector.Masking;
import io.waypost.intake.source.Rejected;
import io.waypost.intake.source.Rejections;
import io.waypost.intake.source.Source;
import io.waypost.intake.source.Sources;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Inbound sources: the addresses that vendors post to. */
@Tag(name = "Sources")
@RestController
@RequestMapping("/v1/sources")
final class SourcesApi {

    private static final String LIST = "sources";
    private static final String REJECTED = "rejected";
    private static final int LONGEST_KIND = 100;

    private final Sources sources;
    private final Rejections rejections;
    private final Owners owners;

    SourcesApi(Sources sources, Rejections rejections, Owners owners) {
        this.sources = sources;
        this.rejections = rejections;
        this.owners = owners;
    }

    @Operation(operationId = "createSource", summary = "Create an inbound source: an address for a vendor to post to")
    @Shape(takes = HubSchemas.NewSource.class, status = 201, gives = HubSchemas.Source.class)
    @PostMapping
    ResponseEntity<byte[]> create(Caller caller, HttpServletRequest request) {
        caller.require(MANAGE);
        var fields = Fields.of(Bodies.json(request));
        var kind = fields.required(fields.line("source", LONGEST_KIND), "source");
        var name = fields.line("name", Sources.LONGEST_NAME);
        var given = fields.objectNode("settings");
        var settings = given == null ? Json.object() : given;
        var tenant = owners.named(caller, fields);
        if (!kind.isEmpty()) {
            fields.violations().addAll(sources.violations(kind, settings));
        }
        fields.done();
        var source = sources.create(tenant, kind, name, settings);
        return Answers.created("/v1/sources/" + source.id(), json(caller, source));
    }

    @Operation(operationId = "getSources", summary = "List inbound sources, newest first")
    @Shape(gives = HubSchemas.Source.class, list = true, query = "tenant")
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        var tenant = owners.listed(caller, query);
        var before = query.cursor(LIST, text -> text);
        var limit = query.limit();
        query.verify();
        var found = sources.list(tenant, before, limit + 1);
        return Answers.ok(Page.of(LIST, found, limit, Source::id, source -> json(caller, source)));
    }

    @Operation(operationId = "getSourceById", summary = "An inbound source; its address only to keys that may manage")
    @Shape(gives = HubSchemas.Source.class)
    @GetMapping("/{id}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String id) {
        caller.require(READ);
        return Answers.ok(json(caller, source(caller, id)));
    }

    @Operation(operationId = "deleteSource", summary = "Delete an inbound source; its address is gone at once")
    @Shape(status = 204)
    @DeleteMapping("/{id}")
    ResponseEntity<byte[]> delete(Caller caller, @PathVariable String id) {
        caller.require(MANAGE);
        sources.delete(source(caller, id));
        return Answers.noContent();
    }

    @Operation(operationId = "getRejected", summary = "What came to a source and was refused, newest first")
    @Shape(gives = HubSchemas.Rejected.class, list = true)
    @GetMapping("/{id}/rejected")
    ResponseEntity<byte[]> rejected(Caller caller, @PathVariable String id, Query query) {
        caller.require(READ);
        var source = source(caller, id);
        var before = query.cursor(REJECTED, text -> text);
        var limit = query.limit();
        query.verify();
        var found = rejections.list(source, before, limit + 1);
        return Answers.ok(Page.of(REJECTED, found, limit, Rejected::id, SourcesApi::json));
    }

    private Source source(Caller caller, String id) {
        var source = sources.get(id);
        if (!caller.sees(source.tenant())) {
            throw Refused.notFound("The source");
        }
        return source;
    }

    private static ObjectNode json(Caller caller, Source source) {
        var json = Json.object()
                .put("id", source.id())
                .put("source", source.kind())
                .put("name", source.name())
                .put("tenant", source.tenant());
        // Who knows the address may post; so it is shown to those who may make another one anyway.
        json.put(
                "url",
                caller.may(MANAGE) && source.readable()
                        ? source.url()
                        : "/in/%s/%s".formatted(source.kind(), Masking.MASK));
        var settings = source.openSettings();
        if (source.secret() != null) {
            settings.put(Source.SECRET, Masking.MASK);
        }
        json.set("settings", settings);
        if (!source.readable()) {
            json.put("unreadable", source.unreadable());
        }
        return json.put("createdAt", source.createdAt().toString());
    }

    private static ObjectNode json(Rejected rejected) {
        return Json.object()
                .put("id", rejected.id())
                .put("at", rejected.at().toString())
                .put("reason", rejected.reason())
                .put("body", rejected.body());
    }
}
