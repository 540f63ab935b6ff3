package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

/** An Amazon EventBridge event pattern over an event as JSON. */
final class Filter {

    /** The most characters of a pattern. */
    static final int MAX_LENGTH = 64 * 1024;

    private static final int MAX_SHOWN = 100;
    private static final String TYPE = "type";
    private static final String OR = "$or";

    private Filter() {}

    /** What is wrong with a pattern, in words for its author; null if nothing is. */
    static @Nullable String fault(JsonNode pattern) {
        if (!pattern.isObject() || pattern.isEmpty()) {
            return "must be an EventBridge event pattern: an object with at least one field";
        }
        var text = Json.write(pattern);
        if (text.length() > MAX_LENGTH) {
            return "must be at most %d characters long".formatted(MAX_LENGTH);
        }
        try {
            var fault = JsonRuleCompiler.check(text, false);
            if (fault == null) {
                new Machine().addRule("new", text);
            }
            return fault == null ? null : "is no EventBridge event pattern: " + oneLine(fault);
        } catch (IOException | RuntimeException e) {
            return "is no EventBridge event pattern: " + oneLine(String.valueOf(e.getMessage()));
        } catch (StackOverflowError _) {
            return "is nested too deep";
        }
    }

    private static String oneLine(String fault) {
        return fault.lines().findFirst().orElse("").strip();
    }

    /**
     * The pattern together with the types it is for, as one rule. The types are a superset where the machine has no words
     * for a pattern, so a match must still be compared with them.
     */
    static String rule(String filter, List<TypePattern> types) {
        var rule = (ObjectNode) Json.read(filter);
        if (mentionsType(rule)) {
            return filter;
        }
        var wanted = Json.MAPPER.createArrayNode();
        for (var type : types) {
            var superset = type.superset();
            if (superset == null) {
                return filter;
            }
            if (superset.operator() == null) {
                wanted.add(superset.value());
            } else {
                wanted.addObject().put(superset.operator(), superset.value());
            }
        }
        rule.set(TYPE, wanted);
        return Json.write(rule);
    }

    private static boolean mentionsType(JsonNode rule) {
        return rule.has(TYPE) || rule.path(OR).findValue(TYPE) != null;
    }

    /** Whether the event matches. @throws IllegalArgumentException if the event cannot be compared */
    static boolean matches(String filter, JsonNode event) {
        try {
            var machine = new Machine();
            machine.addRule("one", filter);
            return !machine.rulesForJSONEvent(event).isEmpty();
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("the event cannot be compared: " + e.getMessage(), e);
        }
    }

    /** The fields of the pattern that the event does not match, each with what the event has there. */
    static List<String> mismatches(String filter, JsonNode event) {
        var mismatches = new ArrayList<String>();
        mismatches((ObjectNode) Json.read(filter), List.of(), event, mismatches);
        return mismatches;
    }

    private static void mismatches(ObjectNode pattern, List<String> path, JsonNode event, List<String> found) {
        pattern.properties().forEach(field -> {
            var here = new ArrayList<>(path);
            here.add(field.getKey());
            if (field.getValue() instanceof ObjectNode deeper) {
                mismatches(deeper, here, event, found);
            } else if (!matches(nested(here, field.getValue()), event)) {
                found.add(mismatch(here, (ArrayNode) field.getValue(), event));
            }
        });
    }

    private static String nested(List<String> path, JsonNode leaf) {
        var rule = leaf;
        for (var name : path.reversed()) {
            rule = Json.object().set(name, rule);
        }
        return Json.write(rule);
    }

    private static String mismatch(List<String> path, ArrayNode wanted, JsonNode event) {
        if (path.getLast().equals(OR)) {
            return "none of the alternatives in $or holds";
        }
        var actual = event;
        for (var name : path) {
            actual = actual.path(name);
        }
        var has = actual.isMissingNode() ? "missing" : cut(Json.write(actual));
        return "%s is %s, wanted is %s".formatted(String.join(".", path), has, cut(Json.write(wanted)));
    }

    private static String cut(String text) {
        return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    }
}
