package io.waypost.api;

import static io.waypost.tenancy.Scope.MANAGE;
import static io.waypost.tenancy.Scope.READ;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Page;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.Shape;
import io.waypost.api.openapi.SubscriptionSchemas;
import io.waypost.platform.Fields;
import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.Subscriptions;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Subscriptions: made, looked at, changed and deleted. */
@Tag(name = "Subscriptions")
@RestController
@RequestMapping("/v1/subscriptions")
final class SubscriptionsApi {

    private static final String LIST = "subscriptions";

    private final Subscriptions subscriptions;
    private final SubscriptionJson json;
    private final Owners owners;

    SubscriptionsApi(Subscriptions subscriptions, SubscriptionJson json, Owners owners) {
        this.subscriptions = subscriptions;
        this.json = json;
        this.owners = owners;
    }

    @Operation(operationId = "createWebHook", summary = "Create a subscription; the answer alone shows its secret")
    @Shape(
            takes = SubscriptionSchemas.NewSubscription.class,
            status = 201,
            gives = SubscriptionSchemas.CreatedSubscription.class)
    @PostMapping
    ResponseEntity<byte[]> create(Caller caller, HttpServletRequest request) {
        caller.require(MANAGE);
        var body = Bodies.json(request);
        var fields = Fields.of(body);
        var tenant = owners.named(caller, fields);
        if (!fields.violations().isEmpty()) {
            throw Invalid.of(fields.violations(), subscriptions.violations(tenant, body));
        }
        var created = subscriptions.create(tenant, body);
        var answer = json.of(created);
        answer.setAll(SubscriptionJson.secret(created));
        return Answers.created("/v1/subscriptions/" + created.id(), answer);
    }

    @Operation(operationId = "getWebHooks", summary = "List subscriptions, newest first")
    @Shape(
            gives = SubscriptionSchemas.Subscription.class,
            list = true,
            query = {"app", "event", "connector", "active", "tenant"})
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        var limit = query.limit();
        var before = query.cursor(LIST, key -> Ids.numbers("at", key, 1)[0]);
        var asked = new SubscriptionStore.Query(
                owners.listed(caller, query),
                query.text("app"),
                query.text("event"),
                query.text("connector"),
                query.bool("active"),
                before == null ? Long.MAX_VALUE : before,
                limit + 1);
        query.verify();
        var found = subscriptions.list(asked);
        return Answers.ok(Page.of(LIST, found, limit, subscription -> Ids.of("at", subscription.no()), json::of));
    }

    @Operation(operationId = "getWebHookById", summary = "A subscription, with its state and buffer")
    @Shape(gives = SubscriptionSchemas.Subscription.class)
    @GetMapping("/{id}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String id) {
        caller.require(READ);
        return Answers.ok(json.of(owners.subscription(caller, id)));
    }

    @Operation(operationId = "updateWebHook", summary = "Change a subscription by a JSON merge patch (RFC 7396)")
    @Shape(
            takes = SubscriptionSchemas.SubscriptionPatch.class,
            as = {"application/merge-patch+json", "application/json"},
            gives = SubscriptionSchemas.Subscription.class)
    @PatchMapping("/{id}")
    ResponseEntity<byte[]> patch(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        owners.subscription(caller, id);
        return Answers.ok(json.of(subscriptions.patch(id, Bodies.patch(request))));
    }

    @Operation(
            operationId = "deleteWebHookById",
            summary = "Delete a subscription with its pending deliveries and its buffer")
    @Shape(status = 204)
    @DeleteMapping("/{id}")
    ResponseEntity<byte[]> delete(Caller caller, @PathVariable String id) {
        caller.require(MANAGE);
        owners.subscription(caller, id);
        subscriptions.delete(id);
        return Answers.noContent();
    }
}
