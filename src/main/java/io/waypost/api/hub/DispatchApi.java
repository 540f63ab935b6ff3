package io.waypost.api.hub;

import static io.waypost.tenancy.Scope.MANAGE;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.Owners;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.openapi.HookSchemas;
import io.waypost.api.openapi.Shape;
import io.waypost.delivery.runs.DispatchRuns;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The command that sends what waits for it: {@code dispatch} with mode {@code scheduled}. */
@Tag(name = "Deliveries")
@RestController
final class DispatchApi {

    private static final int LONGEST = 255;

    private final DispatchRuns runs;
    private final Owners owners;

    DispatchApi(DispatchRuns runs, Owners owners) {
        this.runs = runs;
        this.owners = owners;
    }

    @Operation(operationId = "dispatch", summary = "Send what scheduled subscriptions hold back until now")
    @Shape(takes = HookSchemas.DispatchOrder.class, optional = true, gives = HookSchemas.Dispatched.class)
    @PostMapping("/v1/dispatch")
    ResponseEntity<byte[]> dispatch(Caller caller, HttpServletRequest request) {
        caller.require(MANAGE);
        var fields = Fields.of(Bodies.optional(request));
        var tenant = fields.has("tenant") ? owners.named(caller, fields) : caller.tenant();
        var event = fields.line("event", LONGEST);
        var id = fields.line("subscription", LONGEST);
        fields.any("tenant");
        fields.done();
        var only = id == null ? null : owners.subscription(caller, id).id();
        var count = runs.run(s -> (tenant == null || tenant.equals(s.tenant()))
                && (event == null || s.definition().events().contains(event))
                && (only == null || only.equals(s.id())));
        return Answers.ok(Json.object().put("deliveries", count));
    }
}
