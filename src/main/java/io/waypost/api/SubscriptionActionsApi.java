package io.waypost.api;

import static io.waypost.tenancy.Scope.MANAGE;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.Schemas;
import io.waypost.api.openapi.Shape;
import io.waypost.api.openapi.SubscriptionSchemas;
import io.waypost.event.TypeName;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.replay.Activation;
import io.waypost.replay.Replays;
import io.waypost.replay.TestSend;
import io.waypost.subscription.Subscriptions;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What can be done with a subscription: switch it off and on, try it out, send again, change its secret. */
@Tag(name = "Subscriptions")
@RestController
@RequestMapping("/v1/subscriptions")
final class SubscriptionActionsApi {

    private static final Duration LONGEST_GRACE = Duration.ofDays(30);
    private static final int LONGEST_TYPE = 255;

    /** Which events of a range are sent again. */
    private enum Which {
        FAILED,
        ALL
    }

    private final Subscriptions subscriptions;
    private final SubscriptionJson json;
    private final Activation activation;
    private final TestSend testSend;
    private final Replays replays;
    private final Owners owners;

    SubscriptionActionsApi(
            Subscriptions subscriptions,
            SubscriptionJson json,
            Activation activation,
            TestSend testSend,
            Replays replays,
            Owners owners) {
        this.subscriptions = subscriptions;
        this.json = json;
        this.activation = activation;
        this.testSend = testSend;
        this.replays = replays;
        this.owners = owners;
    }

    @Operation(operationId = "deactivateWebHook", summary = "Pause a subscription; its events are buffered")
    @Shape(takes = Schemas.Nothing.class, optional = true, gives = SubscriptionSchemas.Subscription.class)
    @PostMapping("/{id}/deactivate")
    ResponseEntity<byte[]> deactivate(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        var subscription = owners.subscription(caller, id);
        Fields.of(Bodies.optional(request)).done();
        return Answers.ok(json.of(activation.pause(subscription)));
    }

    @Operation(operationId = "activateWebHook", summary = "Activate a subscription; with or without what it missed")
    @Shape(
            takes = SubscriptionSchemas.ActivationOrder.class,
            optional = true,
            gives = SubscriptionSchemas.Subscription.class,
            query = "replayEvents")
    @PostMapping("/{id}/activate")
    ResponseEntity<byte[]> activate(Caller caller, @PathVariable String id, Query query, HttpServletRequest request) {
        caller.require(MANAGE);
        var subscription = owners.subscription(caller, id);
        var inQuery = query.bool("replayEvents");
        query.verify();
        var fields = Fields.of(Bodies.optional(request));
        var replayEvents = fields.bool("replayEvents", Boolean.TRUE.equals(inQuery));
        fields.done();
        return Answers.ok(json.of(activation.activate(subscription, replayEvents)));
    }

    @Operation(operationId = "testWebHook", summary = "Send a sample event once; it counts nowhere")
    @Shape(takes = SubscriptionSchemas.TestOrder.class, optional = true, gives = Schemas.Attempt.class)
    @PostMapping("/{id}/test")
    ResponseEntity<byte[]> test(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        var subscription = owners.subscription(caller, id).requireReadable();
        var fields = Fields.of(Bodies.optional(request));
        var type = fields.line("type", LONGEST_TYPE);
        if (type != null && !TypeName.isOne(type)) {
            fields.wrong("type", TypeName.RULE);
        }
        fields.done();
        return Answers.ok(DeliveryJson.of(testSend.test(subscription, type)));
    }

    @Operation(operationId = "replayWebHook", summary = "Send a range of the log to a subscription again")
    @Shape(takes = SubscriptionSchemas.RangeReplay.class, status = 202, gives = Schemas.EventCount.class)
    @PostMapping("/{id}/replay")
    ResponseEntity<byte[]> replay(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        var subscription = owners.subscription(caller, id);
        var fields = Fields.of(Bodies.json(request));
        fields.require("since");
        var since = fields.instant("since");
        var until = fields.instant("until");
        var types = fields.lines("types", 1, 100, LONGEST_TYPE);
        var which = fields.oneOf("status", Which.class);
        var dryRun = fields.bool("dryRun", false);
        if (since != null && until != null && until.isBefore(since)) {
            fields.wrong("until", "must not be before since");
        }
        fields.done();
        var count = replays.replay(
                subscription,
                since == null ? Instant.EPOCH : since,
                until,
                types == null ? null : Set.copyOf(types),
                which == Which.FAILED,
                dryRun);
        var answer = Json.object().put("events", count.events());
        if (count.until() != null) {
            answer.put("countedUntil", DeliveryJson.text(count.until()));
        }
        return Answers.accepted(answer);
    }

    @Operation(operationId = "getWebHookSecret", summary = "The secret that signs, or the public key of an Ed25519 one")
    @Shape(gives = SubscriptionSchemas.Secret.class)
    @GetMapping("/{id}/secret")
    ResponseEntity<byte[]> secret(Caller caller, @PathVariable String id) {
        caller.require(MANAGE);
        return Answers.ok(
                SubscriptionJson.secret(owners.subscription(caller, id).requireReadable()));
    }

    @Operation(
            operationId = "rotateWebHookSecret",
            summary = "A new secret; the old one signs too until the grace ends")
    @Shape(takes = SubscriptionSchemas.Rotation.class, optional = true, gives = SubscriptionSchemas.Secret.class)
    @PostMapping("/{id}/secret/rotate")
    ResponseEntity<byte[]> rotate(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        owners.subscription(caller, id);
        var fields = Fields.of(Bodies.optional(request));
        var grace = fields.duration("grace", Duration.ZERO, LONGEST_GRACE);
        fields.done();
        return Answers.ok(SubscriptionJson.secret(subscriptions.rotateSecret(id, grace)));
    }
}
