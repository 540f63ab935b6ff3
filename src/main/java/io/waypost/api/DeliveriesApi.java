package io.waypost.api;

import static io.waypost.tenancy.Scope.MANAGE;
import static io.waypost.tenancy.Scope.READ;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Page;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.Schemas;
import io.waypost.api.openapi.Shape;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.platform.Fields;
import io.waypost.platform.Part;
import io.waypost.platform.Refused;
import io.waypost.replay.Deliveries;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Looking at deliveries and their attempts, and trying one again. */
@Tag(name = "Deliveries")
@RestController
@RequestMapping("/v1/deliveries")
final class DeliveriesApi {

    private static final String LIST = "deliveries";
    private static final Long NONE = -1L;
    private static final String STATUS_RULE =
            "must be one of " + Stream.of(Status.values()).map(Status::code).collect(Collectors.joining(", "));

    private final Deliveries deliveries;
    private final Owners owners;

    DeliveriesApi(Deliveries deliveries, Owners owners) {
        this.deliveries = deliveries;
        this.owners = owners;
    }

    @Operation(operationId = "getDeliveries", summary = "List deliveries, newest first")
    @Shape(
            gives = Schemas.Delivery.class,
            list = true,
            query = {"subscription", "event", "status", "since", "until", "tenant"})
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        var limit = query.limit();
        var before = query.cursor(LIST, DeliveryKey::of);
        var tenant = owners.listed(caller, query);
        var status = query.read("status", STATUS_RULE, DeliveriesApi::status);
        var since = query.instant("since");
        var until = query.instant("until");
        var subscription = query.text("subscription");
        var event = query.text("event");
        query.verify();
        var no = subscription == null
                ? null
                : number(() -> owners.subscription(caller, subscription).no());
        var seq =
                event == null ? null : number(() -> owners.event(caller, event).seq());
        var list = NONE.equals(no) || NONE.equals(seq)
                ? new Part<Delivery, DeliveryKey>(List.of(), null)
                : deliveries.list(new DeliveryQuery(tenant, no, seq, status, since, until, before, limit + 1));
        var reached = list.reached() == null ? null : list.reached().id();
        return Answers.ok(Page.of(
                LIST, list.items(), limit, reached, delivery -> delivery.key().id(), DeliveryJson::of));
    }

    @Operation(operationId = "getDeliveryById", summary = "A delivery with its attempts")
    @Shape(gives = Schemas.DeliveryWithAttempts.class)
    @GetMapping("/{id}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String id) {
        caller.require(READ);
        var found = find(caller, id);
        var json = DeliveryJson.of(found.delivery());
        var list = json.putArray("attempts");
        found.attempts().forEach(attempt -> list.add(DeliveryJson.of(attempt)));
        return Answers.ok(json);
    }

    @Operation(operationId = "retryDelivery", summary = "One attempt now, in place of what was planned")
    @Shape(takes = Schemas.Nothing.class, optional = true, status = 202, gives = Schemas.Delivery.class)
    @PostMapping("/{id}/retry")
    ResponseEntity<byte[]> retry(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        var delivery = find(caller, id).delivery();
        Fields.of(Bodies.optional(request)).done();
        deliveries.retry(delivery.key());
        return Answers.accepted(DeliveryJson.of(find(caller, id).delivery()));
    }

    private Delivery.WithAttempts find(Caller caller, String id) {
        return deliveries
                .find(DeliveryKey.of(id))
                .filter(found -> caller.sees(found.delivery().tenant()))
                .orElseThrow(() -> Refused.notFound(id));
    }

    /** What does not exist (any more), or belongs to another tenant, is {@link #NONE}: it has no deliveries to show. */
    private static Long number(Supplier<Long> search) {
        try {
            return search.get();
        } catch (Refused e) {
            if (e.reason() == Refused.Reason.NOT_FOUND) {
                return NONE;
            }
            throw e;
        }
    }

    private static @Nullable Status status(String code) {
        return Stream.of(Status.values())
                .filter(status -> status.code().equals(code))
                .findFirst()
                .orElse(null);
    }
}
