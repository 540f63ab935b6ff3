package io.waypost.subscription.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;

/** In a pattern, {@code "a.b"} is the field b of a; so it is in an event whose names have dots. */
final class Dotted {

    /** An object for each dot takes a hundred times the memory of the dot. */
    private static final int MAX_DOTS = 10_000;

    private int dots;

    private Dotted() {}

    /**
     * The event with each dotted name as objects in each other; the event itself if there is none. After 10,000 dots, names
     * stay as they are.
     */
    static JsonNode spread(JsonNode event) {
        return hasDots(event) ? new Dotted().spreadOut(event) : event;
    }

    private static boolean hasDots(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (var field : object.properties()) {
                if (field.getKey().indexOf('.') >= 0 || hasDots(field.getValue())) {
                    return true;
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (var element : array) {
                if (hasDots(element)) {
                    return true;
                }
            }
        }
        return false;
    }

    private JsonNode spreadOut(JsonNode node) {
        if (node instanceof ObjectNode object) {
            var all = Json.object();
            object.properties().forEach(field -> put(all, field.getKey(), spreadOut(field.getValue())));
            return all;
        }
        if (node instanceof ArrayNode array) {
            var all = JsonNodeFactory.instance.arrayNode(array.size());
            array.forEach(element -> all.add(spreadOut(element)));
            return all;
        }
        return node;
    }

    private void put(ObjectNode into, String name, JsonNode value) {
        var dot = dots < MAX_DOTS ? name.indexOf('.') : -1;
        dots += dot < 0 ? 0 : 1;
        var first = dot < 0 ? name : name.substring(0, dot);
        var there = into.get(first);
        if (dot < 0) {
            into.set(first, there == null ? value : both(there, value));
        } else if (there instanceof ObjectNode object) {
            put(object, name.substring(dot + 1), value);
        } else {
            var inner = Json.object();
            put(inner, name.substring(dot + 1), value);
            into.set(first, there == null ? inner : both(there, inner));
        }
    }

    /** A name that is there twice, once with dots and once without, has the values of both. */
    private JsonNode both(JsonNode one, JsonNode other) {
        if (one instanceof ObjectNode object && other instanceof ObjectNode more) {
            more.properties().forEach(field -> put(object, field.getKey(), field.getValue()));
            return object;
        }
        return JsonNodeFactory.instance.arrayNode().add(one).add(other);
    }
}
