package io.waypost.subscription;

import io.waypost.event.Event;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.State;
import java.time.Instant;
import java.util.List;

/** Subscriptions and events to try things with. */
final class Examples {

    static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private Examples() {}

    static Subscription subscription(long no, long revision, String filter, String condition, String... events) {
        return subscription("acme", no, revision, filter, condition, events);
    }

    static Subscription subscription(
            String tenant, long no, long revision, String filter, String condition, String... events) {
        var definition = new Definition(
                tenant,
                null,
                null,
                List.of(events),
                filter,
                condition,
                "webhook",
                Json.object().put("url", "http://127.0.0.1/"),
                null,
                null,
                null,
                10,
                null,
                false,
                new Retry(null, null),
                Deactivation.DEFAULT,
                Buffer.DEFAULT);
        return new Subscription(no, "sub_" + no, revision, definition, State.ACTIVE, List.of(), NOON, NOON);
    }

    static Subscription inState(Subscription s, long revision, State state) {
        return new Subscription(
                s.no(), s.id(), revision, s.definition(), state, s.secrets(), s.createdAt(), s.updatedAt());
    }

    static Event event(String type, String data) {
        return event("acme", type, data);
    }

    static Event event(String tenant, String type, String data) {
        return new Event(1, NOON, tenant, type, "/", null, null, NOON, false, null, data, false);
    }
}
