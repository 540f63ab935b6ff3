package io.waypost.api;

import static io.waypost.tenancy.Scope.MANAGE;
import static io.waypost.tenancy.Scope.PUBLISH;
import static io.waypost.tenancy.Scope.READ;

import com.fasterxml.jackson.databind.JsonNode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.api.http.Page;
import io.waypost.api.http.Publishing;
import io.waypost.api.http.Query;
import io.waypost.api.openapi.Schemas;
import io.waypost.api.openapi.Shape;
import io.waypost.delivery.log.Delivery;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryQuery;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.Receipt;
import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Part;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.replay.Deliveries;
import io.waypost.replay.Replays;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscriptions;
import io.waypost.subscription.Subscriptions.Check;
import io.waypost.tenancy.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Publishing events, and looking at what was published. */
@Tag(name = "Events")
@RestController
@RequestMapping("/v1/events")
final class EventsApi implements Publishing {

    private static final String LIST = "events";
    private static final int MOST_RECEIVERS = 10_000;
    private static final int OVERHEAD = 500;
    /** Characters of data in one page, about; one event may have a million. */
    private static final long PAGE_SIZE = 2_000_000;

    /** How often, of about 1,000 events each, and how long to look for what fits before a page ends. */
    private static final int MOST_LOOKS = 20;

    private static final Duration LONGEST_LOOK = Duration.ofMillis(60);

    private final EventReading reading;
    private final EventLog log;
    private final Owners owners;
    private final Subscriptions subscriptions;
    private final Deliveries deliveries;
    private final Replays replays;

    EventsApi(
            EventReading reading,
            EventLog log,
            Owners owners,
            Subscriptions subscriptions,
            Deliveries deliveries,
            Replays replays) {
        this.reading = reading;
        this.log = log;
        this.owners = owners;
        this.subscriptions = subscriptions;
        this.deliveries = deliveries;
        this.replays = replays;
    }

    @Operation(operationId = "publishEvents", summary = "Publish one event or up to 1,000, stored whole or not at all")
    @Shape(
            takes = Schemas.NewEvent.class,
            as = {"application/json", "application/cloudevents+json", "application/cloudevents-batch+json"},
            status = 202,
            gives = Schemas.Published.class)
    @PostMapping
    ResponseEntity<byte[]> publishRepeatably(Caller caller, HttpServletRequest request) {
        return Answers.accepted(publish(caller, request));
    }

    @Override
    public byte[] publish(Caller caller, HttpServletRequest request) {
        caller.require(PUBLISH);
        return Answers.bytes(receipts(reading.publish(caller, request)));
    }

    @Operation(operationId = "getEvents", summary = "List events, newest first")
    @Shape(
            gives = Schemas.Event.class,
            list = true,
            query = {"type", "tenant", "since", "until", "subject"})
    @GetMapping
    ResponseEntity<byte[]> list(Caller caller, Query query) {
        caller.require(READ);
        var before = query.cursor(LIST, Long::valueOf);
        var limit = query.limit();
        var asked = new EventLog.Query(
                owners.listed(caller, query),
                query.text("type"),
                query.text("subject"),
                query.instant("since"),
                query.instant("until"),
                before == null ? Long.MAX_VALUE : before,
                limit);
        query.verify();
        return Answers.ok(page(asked));
    }

    @Operation(operationId = "getEventById", summary = "An event with its deliveries")
    @Shape(gives = Schemas.EventWithDeliveries.class)
    @GetMapping("/{id}")
    ResponseEntity<byte[]> get(Caller caller, @PathVariable String id) {
        caller.require(READ);
        var event = owners.event(caller, id);
        var json = event.toJson();
        var list = json.putArray("deliveries");
        allDeliveries(event).forEach(delivery -> list.add(DeliveryJson.of(delivery)));
        return Answers.ok(json);
    }

    @Operation(operationId = "replayEvent", summary = "Send an event again, to some or all who want it")
    @Shape(takes = Schemas.EventReplay.class, optional = true, status = 202, gives = Schemas.DeliveryCount.class)
    @PostMapping("/{id}/replay")
    ResponseEntity<byte[]> replay(Caller caller, @PathVariable String id, HttpServletRequest request) {
        caller.require(MANAGE);
        var event = owners.event(caller, id);
        var fields = Fields.of(Bodies.optional(request));
        var ids = fields.lines("subscriptions", 1, MOST_RECEIVERS, 100);
        var to = ids == null ? null : receivers(caller, event, ids, fields);
        fields.done();
        return Answers.accepted(Json.object().put("deliveries", replays.replay(event, to)));
    }

    @Operation(operationId = "explainEvent", summary = "Why a subscription gets an event or does not")
    @Shape(gives = Schemas.Explanation.class, query = "subscription")
    @GetMapping("/{id}/explain")
    ResponseEntity<byte[]> explain(Caller caller, @PathVariable String id, Query query) {
        caller.require(READ);
        var event = owners.event(caller, id);
        var named = query.text("subscription");
        query.verify();
        if (named == null) {
            throw new Invalid("/subscription", "is required: the id of a subscription");
        }
        var subscription = owners.subscription(caller, named);
        if (!subscription.tenant().equals(event.tenant())) {
            throw new Invalid("/subscription", "must belong to the event's tenant");
        }
        var checks = subscriptions.explain(subscription, event);
        var json = Json.object().put("matches", checks.stream().allMatch(Check::passed));
        json.set("checks", DeliveryJson.of(checks));
        return Answers.ok(json);
    }

    /** When events are large, or those that fit are far between, the page ends early. */
    private JsonNode page(EventLog.Query asked) {
        var events = new ArrayList<Event>();
        var until = System.nanoTime() + LONGEST_LOOK.toNanos();
        long size = 0;
        Long next = asked.before();
        for (int looks = 1; ; looks++) {
            var missing = asked.limit() - events.size();
            var found = log.list(new EventLog.Query(
                    asked.tenant(), asked.type(), asked.subject(), asked.since(), asked.until(), next, missing + 1));
            next = found.reached();
            for (var event : found.items()) {
                if (events.size() == asked.limit() || size >= PAGE_SIZE) {
                    next = events.getLast().seq();
                    break;
                }
                events.add(event);
                size += event.data().length() + OVERHEAD;
            }
            var full = events.size() == asked.limit() || size >= PAGE_SIZE;
            if (next == null || full || looks == MOST_LOOKS || System.nanoTime() - until > 0) {
                return Page.of(LIST, events, next == null ? null : Long.toString(next), Event::toJson);
            }
        }
    }

    private List<Delivery> allDeliveries(Event event) {
        var all = new ArrayList<Delivery>();
        Part<Delivery, DeliveryKey> part;
        DeliveryKey before = null;
        do {
            part = deliveries.list(
                    new DeliveryQuery(event.tenant(), null, event.seq(), null, null, null, before, Query.MOST));
            all.addAll(part.items());
            before = part.reached();
        } while (before != null && all.size() < MOST_RECEIVERS);
        return all;
    }

    private List<Subscription> receivers(Caller caller, Event event, List<String> ids, Fields fields) {
        var receivers = new ArrayList<Subscription>();
        for (int i = 0; i < ids.size(); i++) {
            var found = find(caller, ids.get(i));
            if (found != null && found.tenant().equals(event.tenant())) {
                receivers.add(found);
            } else {
                fields.violations()
                        .add(new Violation("/subscriptions/" + i, "must be a subscription of the event's tenant"));
            }
        }
        return receivers;
    }

    private @Nullable Subscription find(Caller caller, String id) {
        try {
            return owners.subscription(caller, id);
        } catch (Refused e) {
            if (e.reason() == Refused.Reason.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    private static JsonNode receipts(List<Receipt> receipts) {
        var json = Json.object();
        var list = json.putArray("events");
        receipts.forEach(r -> list.addObject().put("id", r.id()).put("duplicate", r.duplicate()));
        return json;
    }
}
