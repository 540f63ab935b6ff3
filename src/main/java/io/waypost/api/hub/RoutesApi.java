package io.waypost.api.hub;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Page;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.RouteSchemas;
import io.waypost.api.openapi.Shape;
import io.waypost.platform.Json;
import io.waypost.route.RouteStatus;
import io.waypost.route.Routes;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The users' own flows: which there are, and whether a file would be one. */
@Tag(name = "Routes")
@RestController
@RequestMapping("/v1/routes")
final class RoutesApi {

    private final Routes routes;

    RoutesApi(Routes routes) {
        this.routes = routes;
    }

    @Operation(operationId = "getRoutes", summary = "List the flows by file, those with a mistake too")
    @Shape(gives = RouteSchemas.Route.class, list = true)
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.requireAdmin();
        return Answers.ok(Page.slice(
                "routes", query, routes.list(), Comparator.naturalOrder(), RoutesApi::place, RoutesApi::json));
    }

    @Operation(operationId = "validateRoutes", summary = "Say what is wrong with a file of flows, without taking it in")
    @Shape(
            takes = String.class,
            as = {"application/yaml", "text/plain"},
            gives = RouteSchemas.Validation.class,
            query = "file")
    @PostMapping("/validate")
    ResponseEntity<byte[]> validate(Caller caller, Query query, HttpServletRequest request) {
        caller.requireAdmin();
        var file = query.text("file");
        query.verify();
        var mistakes = routes.validate(Bodies.bytes(request), file);
        var answer = Json.object().put("valid", mistakes.isEmpty());
        var errors = answer.putArray("errors");
        mistakes.forEach(
                mistake -> errors.addObject().put("line", mistake.line()).put("detail", mistake.detail()));
        return Answers.ok(answer);
    }

    /** File names hold no slash. */
    private static String place(RouteStatus route) {
        return route.file() + "/" + (route.id() == null ? "" : route.id());
    }

    private static ObjectNode json(RouteStatus route) {
        var json = Json.object().put("file", route.file()).put("id", route.id());
        json.put("state", route.state().code());
        var error = route.error();
        json.put("error", error == null ? null : error.toString());
        json.put("line", error == null ? null : error.line());
        json.put("subscription", route.subscription());
        return json;
    }
}
