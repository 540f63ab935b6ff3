package io.waypost.api.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an automation tool posts to get a hook, as a subscription. Each tool has names of its own for the two things that
 * matter, and sends more than it needs to: what nobody knows here is passed over.
 *
 * @param definition as {@code POST /v1/subscriptions} takes it
 * @param target the name the URL came under
 * @param event the name the events came under
 */
record HookOrder(ObjectNode definition, String target, String event) {

    private static final List<String> TARGETS = List.of("target_url", "hookUrl", "url", "target");
    private static final List<String> EVENTS = List.of("event", "event_type", "events");
    private static final List<String> AS_THEY_ARE = List.of("name", "filter", "condition", "transform", "secret");

    /** @throws Invalid if it is no object */
    static HookOrder of(JsonNode body) {
        if (!body.isObject()) {
            throw new Invalid("", "must be a JSON object with target_url and event");
        }
        var target = first(body, TARGETS);
        var event = first(body, EVENTS);
        var definition = Json.object();
        definition.set("app", body.hasNonNull("app") ? body.get("app") : TextNode.valueOf("zapier"));
        definition.putObject("retry").put("profile", "rest-hook");
        definition.putObject("config").put("format", body.path("flat").asBoolean(false) ? "flat" : "json");
        if (target != null) {
            definition.set("url", body.get(target));
        }
        if (event != null) {
            definition.set("events", events(body.get(event)));
        }
        for (var name : AS_THEY_ARE) {
            if (body.hasNonNull(name)) {
                definition.set(name, body.get(name));
            }
        }
        return new HookOrder(
                definition,
                Objects.requireNonNullElse(target, TARGETS.getFirst()),
                Objects.requireNonNullElse(event, EVENTS.getFirst()));
    }

    /** One name, several parted by commas, or a list. */
    private static JsonNode events(JsonNode named) {
        if (!named.isTextual()) {
            return named;
        }
        var events = Json.MAPPER.createArrayNode();
        for (var name : named.textValue().split(",", -1)) {
            events.add(name.strip());
        }
        return events;
    }

    private static @Nullable String first(JsonNode body, List<String> names) {
        return names.stream().filter(body::hasNonNull).findFirst().orElse(null);
    }

    /** What is missing of the two things that matter, each with what to do about it. */
    List<Violation> missing() {
        var missing = new Violations();
        if (!definition.has("url")) {
            missing.add(new Violation("/" + target, "is required: the URL the events are to go to"));
        }
        if (!definition.has("events")) {
            missing.add(new Violation(
                    "/" + event,
                    "is required: the name of an event such as message.opened; GET /v1/event-types lists them"));
        }
        return missing;
    }

    /** What is wrong with the subscription, at the places where the caller wrote it. */
    String asPosted(String pointer) {
        if (pointer.equals("/url") || pointer.equals("/config/url")) {
            return "/" + target;
        }
        return pointer.equals("/events") || pointer.startsWith("/events/") ? "/" + event : pointer;
    }
}
