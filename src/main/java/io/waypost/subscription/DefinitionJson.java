package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Durations;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.subscription.Subscription.Definition;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A definition as JSON, and what a merge patch makes of it. */
final class DefinitionJson {

    private static final List<String> IGNORED = List.of("createdAt", "updatedAt", "circuit", "backup", "unreadable");
    private static final List<String> OF_DEACTIVATION = List.of("since", "reason", "lastError");
    /** Of a buffer's window that is longer than events are kept. */
    static final String REQUESTED_WINDOW = "requestedWindow";

    private static final List<String> OF_BUFFER = List.of(REQUESTED_WINDOW, "count", "from", "until", "dropped");

    private DefinitionJson() {}

    /** About how many characters a definition takes where it is stored. */
    static long length(Definition d) {
        return d.events().stream().mapToLong(String::length).sum()
                + length(d.filter())
                + length(d.condition())
                + length(d.transform())
                + Json.write(d.config()).length();
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** As the API shows it, defaults filled in, with the given config. */
    static ObjectNode shown(Definition d, ObjectNode config) {
        var json = own(d, config);
        json.put("timeout", Durations.format(d.effectiveTimeout()));
        ((ObjectNode) json.path("retry")).set("schedule", schedule(d.retry().effectiveSchedule()));
        return json;
    }

    /** Without what comes from a profile, so that another profile can take its place. */
    private static ObjectNode own(Definition d, ObjectNode config) {
        var json = Json.object();
        putIfGiven(json, "app", d.app());
        putIfGiven(json, "name", d.name());
        var events = json.putArray("events");
        d.events().forEach(events::add);
        if (d.filter() != null) {
            json.set("filter", Json.read(d.filter()));
        }
        putIfGiven(json, "condition", d.condition());
        json.put("connector", d.connector());
        json.set("config", config);
        putIfGiven(json, "connection", d.connection());
        putIfGiven(json, "transform", d.transform());
        if (d.timeout() != null) {
            json.put("timeout", Durations.format(d.timeout()));
        }
        json.put("concurrency", d.concurrency());
        if (d.rateLimit() != null) {
            var perSecond = d.rateLimit().perSecond();
            json.putObject("rateLimit").set("perSecond", number(perSecond));
        }
        json.put("ordered", d.ordered());
        var retry = json.putObject("retry");
        if (d.retry().profile() != null) {
            retry.put("profile", d.retry().profile().code());
        }
        if (d.retry().schedule() != null) {
            retry.set("schedule", schedule(d.retry().schedule()));
        }
        var runs = d.retry().runs();
        if (runs != null) {
            putIfGiven(json.putObject("dispatch").put("mode", "scheduled"), "cron", runs.cron());
        }
        json.putObject("deactivation")
                .put("afterFailures", d.deactivation().afterFailures())
                .put("over", Durations.format(d.deactivation().over()));
        var buffer = json.putObject("replayBuffer")
                .put("window", Durations.format(d.replayBuffer().window()))
                .put("concurrency", d.replayBuffer().concurrency());
        var requested = d.replayBuffer().requested();
        if (requested != null) {
            buffer.put(REQUESTED_WINDOW, Durations.format(requested));
        }
        if (d.batch() != null) {
            json.putObject("batch")
                    .put("maxItems", d.batch().maxItems())
                    .put("maxWait", Durations.format(d.batch().maxWait()));
        }
        return json;
    }

    /**
     * What its owner would have to write to get what the patch asks for, secrets masked but for those the patch gives. What a
     * GET shows beyond the definition may come back as it was.
     *
     * @param config of the definition, masked
     * @param violations gets what the patch changes but cannot
     * @throws Invalid if the patch is no object
     */
    static ObjectNode patched(
            Subscription subscription, ObjectNode config, JsonNode patch, List<Violation> violations) {
        if (!(patch instanceof ObjectNode given)) {
            throw new Invalid("", "must be a JSON object");
        }
        var changes = given.deepCopy();
        dropUnchanged(subscription, changes, violations);
        longForm(changes);
        dropEffective(subscription.definition(), changes);
        return merged(own(subscription.definition(), config), changes);
    }

    /** What its owner would have to write for the same with these fields in place of its own; null: without the field. */
    static ObjectNode replaced(Definition d, ObjectNode fields) {
        var json = own(d, d.config());
        fields.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                json.remove(field.getKey());
            } else {
                json.set(field.getKey(), field.getValue());
            }
        });
        return json;
    }

    private static void dropUnchanged(Subscription s, ObjectNode changes, List<Violation> violations) {
        unchanged(changes, "id", s.id(), "cannot be changed", violations);
        unchanged(changes, "tenant", s.tenant(), "cannot be changed", violations);
        var byCall = "is changed by activate and deactivate";
        unchanged(changes, "state", s.state().kind().name().toLowerCase(Locale.ROOT), byCall, violations);
        unchanged(changes, "active", String.valueOf(s.active()), byCall, violations);
        var secret = s.secrets().isEmpty() ? "" : s.secrets().getFirst().value();
        unchanged(changes, "secret", secret, "is changed by secret/rotate", violations);
        changes.remove(IGNORED);
        drop(changes, "deactivation", OF_DEACTIVATION);
        drop(changes, "replayBuffer", OF_BUFFER);
    }

    private static void unchanged(
            ObjectNode changes, String name, String value, String detail, List<Violation> violations) {
        var sent = changes.remove(name);
        if (sent != null && !sent.asText().equals(value)) {
            violations.add(new Violation("/" + name, detail));
        }
    }

    private static void drop(ObjectNode changes, String part, List<String> names) {
        if (changes.get(part) instanceof ObjectNode object) {
            object.remove(names);
        }
    }

    private static void longForm(ObjectNode changes) {
        if (changes.hasNonNull("event") && !changes.has("events")) {
            changes.putArray("events").add(changes.remove("event"));
        }
        if (changes.hasNonNull("url")
                && (!changes.has("config") || changes.get("config").isObject())) {
            changes.withObjectProperty("config").set("url", changes.remove("url"));
        }
    }

    /** Pointers into what {@link #longForm} has made, as pointers into the patch as it was sent. */
    static String inPatch(String pointer, JsonNode patch) {
        return switch (pointer) {
            case "/config/url" -> patch.hasNonNull("url") ? "/url" : pointer;
            case "/events/0" -> patch.hasNonNull("event") ? "/event" : pointer;
            default -> pointer;
        };
    }

    /** What was only shown because a profile says so does not become the owner's own when it is sent back. */
    private static void dropEffective(Definition d, ObjectNode changes) {
        var timeout = Durations.format(d.effectiveTimeout());
        if (d.timeout() == null && timeout.equals(changes.path("timeout").textValue())) {
            changes.remove("timeout");
        }
        if (d.retry().schedule() == null
                && changes.get("retry") instanceof ObjectNode retry
                && schedule(d.retry().effectiveSchedule()).equals(retry.get("schedule"))) {
            retry.remove("schedule");
        }
    }

    /** RFC 7396. */
    private static ObjectNode merged(ObjectNode target, ObjectNode patch) {
        patch.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                target.remove(field.getKey());
            } else if (field.getValue() instanceof ObjectNode deeper) {
                var part = target.get(field.getKey()) instanceof ObjectNode object ? object : Json.object();
                target.set(field.getKey(), merged(part.deepCopy(), deeper));
            } else {
                target.set(field.getKey(), field.getValue());
            }
        });
        return target;
    }

    private static JsonNode schedule(List<Duration> waits) {
        var schedule = Json.MAPPER.createArrayNode();
        waits.forEach(wait -> schedule.add(Durations.format(wait)));
        return schedule;
    }

    private static JsonNode number(double number) {
        var nodes = Json.MAPPER.getNodeFactory();
        return number == Math.rint(number) ? nodes.numberNode((long) number) : nodes.numberNode(number);
    }

    private static void putIfGiven(ObjectNode json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
