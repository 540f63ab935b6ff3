package io.waypost.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.event.Event;
import io.waypost.platform.Fields;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.Subscriptions;
import io.waypost.subscription.Subscriptions.Check;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Subscriptions that are only kept and remembered. */
final class FakeSubscriptions implements Subscriptions {

    private final FakeParts parts;

    FakeSubscriptions(FakeParts parts) {
        this.parts = parts;
    }

    @Override
    public List<Violation> violations(String tenant, JsonNode body) {
        return List.of();
    }

    @Override
    public Subscription create(String tenant, JsonNode body) {
        var fields = Fields.of(body);
        fields.any("tenant");
        fields.any("event");
        fields.any("url");
        var secret = fields.line("secret", 200);
        fields.done();
        return parts.subscribe(tenant, State.ACTIVE, secret == null ? "whsec_c2VjcmV0" : secret);
    }

    @Override
    public SubscriptionStore.Made createUnless(Predicate<Subscription> rival, String tenant, JsonNode body) {
        return new SubscriptionStore.Made(create(tenant, body), true);
    }

    @Override
    public Subscription get(String id) {
        return parts.all.stream().filter(s -> s.id().equals(id)).findFirst().orElseThrow(() -> Refused.notFound(id));
    }

    @Override
    public Subscription patch(String id, JsonNode patch, Consumer<Subscription> allowed) {
        parts.asked.add("patch %s %s".formatted(id, patch));
        return get(id);
    }

    @Override
    public void delete(String id) {
        parts.all.removeIf(s -> s.id().equals(id));
    }

    @Override
    public List<Subscription> list(SubscriptionStore.Query query) {
        parts.asked.add(query.toString());
        return parts.all.stream()
                .filter(s -> query.tenant() == null || query.tenant().equals(s.tenant()))
                .filter(s -> query.active() == null || query.active() == s.active())
                .filter(s -> s.no() < query.before())
                .sorted(Comparator.comparing(Subscription::no).reversed())
                .limit(query.limit())
                .toList();
    }

    @Override
    public Subscription rotateSecret(String id, Duration grace) {
        parts.asked.add("rotate %s %s".formatted(id, grace));
        return get(id);
    }

    @Override
    public ObjectNode toJson(Definition definition) {
        var json = Json.object().put("app", definition.app()).put("connector", definition.connector());
        json.putObject("deactivation").put("afterFailures", 10).put("over", "1h");
        json.putObject("replayBuffer").put("window", "5d").put("concurrency", 1);
        return json;
    }

    @Override
    public List<Check> explain(Subscription subscription, Event event) {
        return List.of(new Check("events", true, "named"), new Check("active", false, "paused"));
    }

    @Override
    public Preview preview(String tenant, JsonNode body, Event event) {
        parts.asked.add("preview %s %s %s".formatted(tenant, body, Objects.requireNonNullElse(event.sourceId(), "-")));
        Fields.of(body).object("config");
        return new Preview(
                List.of(new Check("events", true, "named")),
                new Connector.PreparedRequest("POST", "https://example.com", Map.of("webhook-id", "x"), "{}"));
    }
}
