package io.waypost.connector.pool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The config fields of a connector by what its schema says of them: {@code default}, {@code format: jsonata}. */
public final class Shape {

    private final Map<String, JsonNode> properties = new LinkedHashMap<>();
    private final Expressions expressions;

    /** @param schema of the connector's config; values of an object whose {@code additionalProperties} are JSONata are too */
    public Shape(JsonNode schema, Expressions expressions) {
        schema.path("properties").properties().forEach(field -> properties.put(field.getKey(), field.getValue()));
        this.expressions = expressions;
    }

    /** The config with the defaults of what it leaves out. */
    public ObjectNode whole(ObjectNode config) {
        var whole = config.deepCopy();
        properties.forEach((name, property) -> {
            if (property.has("default") && !whole.hasNonNull(name)) {
                whole.set(name, property.get("default"));
            }
        });
        return whole;
    }

    /** Expressions that do not parse, and line breaks where one line is due. */
    public List<Violation> violations(ObjectNode config) {
        var found = new Violations();
        for (var field : config.properties()) {
            var schema = properties.getOrDefault(field.getKey(), MissingNode.getInstance());
            if (field.getValue() instanceof ObjectNode object) {
                object.properties()
                        .forEach(inner -> check(
                                "/" + field.getKey() + "/"
                                        + inner.getKey().replace("~", "~0").replace("/", "~1"),
                                schema.path("additionalProperties"),
                                inner.getValue(),
                                found));
            } else {
                check("/" + field.getKey(), schema, field.getValue(), found);
            }
        }
        return found;
    }

    /** The message as the expressions of a config see it. */
    public Input of(Message message) {
        var event = message.input();
        var transformed = message.transformed();
        return new Input(
                whole(message.config()),
                transformed == null ? event : transformed,
                Map.of("event", event),
                expressions);
    }

    private void check(String pointer, JsonNode schema, JsonNode value, List<Violation> found) {
        if (!value.isTextual()) {
            return;
        }
        var format = schema.path("format").asText();
        if (format.equals("jsonata")) {
            try {
                expressions.check(value.textValue());
            } catch (ExpressionFailed e) {
                found.add(new Violation(pointer, "must be a JSONata expression: " + e.getMessage()));
            }
        } else if (!format.equals("multiline")
                && !format.equals("password")
                && value.textValue().chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            found.add(new Violation(pointer, "must not contain line breaks or other control characters"));
        }
    }

    /**
     * @param config with defaults
     * @param root what expressions begin at: what the subscription's transform made, or else the event; {@code $event} is
     *     the event either way
     */
    public record Input(ObjectNode config, JsonNode root, Map<String, JsonNode> bindings, Expressions expressions) {

        /**
         * The value of the expression in a field; missing if there is none.
         *
         * @throws ExpressionFailed naming the field
         */
        public JsonNode value(String field) {
            return evaluate(field, config.path(field).asText(""));
        }

        /** The values of the expressions in a field that is an object of such, by name. */
        public Map<String, JsonNode> values(String field) {
            var all = new LinkedHashMap<String, JsonNode>();
            config.path(field)
                    .properties()
                    .forEach(one -> all.put(
                            one.getKey(),
                            evaluate(field + "/" + one.getKey(), one.getValue().asText())));
            return all;
        }

        /** The value as text, JSON if it is none; null if there is none. */
        public @Nullable String text(String field) {
            return text(value(field));
        }

        /**
         * The value as text.
         *
         * @throws ExpressionFailed naming the field, also if there is none
         */
        public String required(String field) {
            var text = text(field);
            if (text == null) {
                throw new ExpressionFailed(field + ": yields nothing for this event");
            }
            return text;
        }

        public static @Nullable String text(JsonNode value) {
            if (value.isMissingNode() || value.isNull()) {
                return null;
            }
            return value.isValueNode() ? value.asText() : Json.write(value);
        }

        private JsonNode evaluate(String field, String expression) {
            if (expression.isEmpty()) {
                return MissingNode.getInstance();
            }
            try {
                return expressions.evaluate(expression, root, bindings);
            } catch (ExpressionFailed e) {
                throw new ExpressionFailed(field + ": " + e.getMessage(), e);
            }
        }
    }
}
