package io.waypost.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** What a JSON Schema of the catalogue says, field by field, as a reader looks for it. */
final class EventFields {

    private static final Map<String, String> SEVERAL = Map.of(
            "array", "arrays",
            "boolean", "booleans",
            "integer", "integers",
            "number", "numbers",
            "object", "objects",
            "string", "strings");

    private final JsonNode root;
    private final List<Field> fields = new ArrayList<>();

    private EventFields(JsonNode root) {
        this.root = root;
    }

    /**
     * A field.
     *
     * @param path from {@code data} on; {@code lists[].id} is in each element of a list
     * @param type in words: {@code array of objects}
     * @param required whether it is always there if what it is in is there
     * @param meaning empty if the schema does not say
     * @param values all there may be; empty if anything may be
     */
    record Field(String path, String type, boolean required, String meaning, List<String> values) {

        /** Where it is: {@code lists[].}, or nothing for a field of {@code data} itself. */
        String parent() {
            return path.substring(0, path.lastIndexOf('.') + 1);
        }

        String name() {
            return path.substring(path.lastIndexOf('.') + 1);
        }
    }

    /** All of them, each before those in it. */
    static List<Field> of(JsonNode schema) {
        var all = new EventFields(schema);
        all.add("", schema);
        return all.fields;
    }

    /** Fields of which one or more are there. */
    static List<String> alternatives(JsonNode schema) {
        return StreamSupport.stream(schema.path("anyOf").spliterator(), false)
                .flatMap(choice -> texts(choice.path("required")).stream())
                .toList();
    }

    private void add(String parent, JsonNode schema) {
        var required = texts(schema.path("required"));
        for (var property : schema.path("properties").properties()) {
            var name = property.getKey();
            var field = resolved(property.getValue());
            var items = resolved(field.path("items"));
            var path = parent + name + (field.has("items") ? "[]" : "");
            fields.add(new Field(
                    path,
                    type(field, items),
                    required.contains(name),
                    field.path("description").asText(),
                    texts(field.path("enum"))));
            add(path + ".", field.has("items") ? items : field);
        }
    }

    /** With what it refers to; what stands beside the reference goes before it. */
    private JsonNode resolved(JsonNode schema) {
        if (!schema.has("$ref")) {
            return schema;
        }
        var part = (ObjectNode)
                root.requiredAt(schema.path("$ref").textValue().substring(1)).deepCopy();
        part.setAll((ObjectNode) schema);
        part.remove("$ref");
        return part;
    }

    private static String type(JsonNode field, JsonNode items) {
        var type = field.path("type");
        if (field.has("items")) {
            return "array of " + SEVERAL.getOrDefault(items.path("type").asText(), "anything");
        }
        if (type.isArray()) {
            return String.join(" or ", texts(type));
        }
        if (type.isMissingNode()) {
            return field.has("enum") ? "string" : "anything";
        }
        return field.path("format").asText().equals("date-time") ? "time, ISO 8601" : type.textValue();
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::textValue)
                .filter(Objects::nonNull)
                .toList();
    }
}
