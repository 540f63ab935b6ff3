package io.waypost.replay;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog.Claimed;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import io.waypost.subscription.Runs;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Batch;
import io.waypost.subscription.Subscription.Buffer;
import io.waypost.subscription.Subscription.Deactivation;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.Retry;
import io.waypost.subscription.Subscription.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Subscriptions, events and rows to try things with. */
final class Given {

    static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private Given() {}

    /** An active one of the tenant acme; its id is {@code sub_} and the number. */
    static Subscription subscription(long no, String... types) {
        return made(no, "acme", 1, false, null, null, types);
    }

    static Subscription sendingAtOnce(long no, int concurrency) {
        return made(no, "acme", concurrency, false, null, null, "**");
    }

    static Subscription ordered(long no) {
        return made(no, "acme", 1, true, null, null, "**");
    }

    static Subscription inBatches(long no) {
        return made(no, "acme", 1, false, Batch.DEFAULT, null, "**");
    }

    static Subscription inRuns(long no) {
        return made(no, "acme", 1, false, null, new Runs("0 8 * * *"), "**");
    }

    static Subscription ofTenant(String tenant, long no) {
        return made(no, tenant, 1, false, null, null, "**");
    }

    private static Subscription made(
            long no,
            String tenant,
            int concurrency,
            boolean ordered,
            @Nullable Batch batch,
            @Nullable Runs runs,
            String... types) {
        var definition = new Definition(
                tenant,
                null,
                null,
                List.of(types),
                null,
                null,
                "webhook",
                Json.object().put("url", "http://127.0.0.1/"),
                null,
                null,
                null,
                10,
                null,
                ordered,
                new Retry(null, null).in(runs),
                Deactivation.DEFAULT,
                new Buffer(Duration.ofDays(5), concurrency),
                batch);
        return new Subscription(no, "sub_" + no, 1, definition, State.ACTIVE, List.of(), NOON, NOON);
    }

    static Subscription paused(Subscription subscription) {
        return in(subscription, new State(State.Kind.PAUSED, NOON, "requested", null));
    }

    static Subscription in(Subscription s, State state) {
        return new Subscription(
                s.no(), s.id(), s.revision() + 1, s.definition(), state, s.secrets(), s.createdAt(), s.updatedAt());
    }

    /** The same on a node that cannot read it, and so does not send for it. */
    static Subscription unreadable(Subscription s) {
        return new Subscription(
                s.no(),
                s.id(),
                s.revision(),
                s.definition(),
                s.state(),
                s.secrets(),
                s.createdAt(),
                s.updatedAt(),
                "is sealed");
    }

    /** One of the tenant acme, received as many seconds after noon as its number says. */
    static Event event(long seq) {
        return event(seq, "acme", "order.created");
    }

    static Event event(long seq, String tenant, String type) {
        return event(seq, NOON.plusSeconds(seq), tenant, type);
    }

    static Event event(long seq, Instant receivedAt, String tenant, String type) {
        return new Event(seq, receivedAt, tenant, type, "/", null, null, NOON, false, null, "{}", false);
    }

    static Event[] events(long first, long last) {
        return LongStream.rangeClosed(first, last).mapToObj(Given::event).toArray(Event[]::new);
    }

    static DeliveryKey key(Event event, long subscription) {
        return new DeliveryKey(event.receivedAt(), event.seq(), subscription);
    }

    /** A row as the fan-out made it. */
    static Claimed row(Event event, long subscription, int attempts) {
        return row(key(event, subscription), event, attempts);
    }

    static Claimed row(DeliveryKey key, Event event, int attempts) {
        return new Claimed(key, event, attempts, attempts, 3, false, null, false);
    }
}
