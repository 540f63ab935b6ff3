package io.waypost.event.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.waypost.platform.Json;
import io.waypost.platform.LinearPattern;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks a schema before it is stored: it must be valid JSON Schema 2020-12, refer only to itself, and have patterns that
 * compile.
 */
public final class SchemaRules {

    private static final int MAX_BYTES = 64 * 1024;

    private static final EventSchema META_SCHEMA = new EventSchema(JsonSchemaFactory.getInstance(VersionFlag.V202012)
            .getSchema(SchemaLocation.of(SchemaId.V202012), EventSchema.CONFIG));

    private final List<Violation> violations = new Violations();

    /** The places of all subschemas, as pointers within the whole; a reference may lead only to one of these. */
    private final Set<String> places = new HashSet<>();

    /** The references, by the place where each is. */
    private final Map<String, String> references = new LinkedHashMap<>();

    private final String pointer;

    private SchemaRules(String pointer) {
        this.pointer = pointer;
    }

    /**
     * The violations of the rules in the schema.
     *
     * @param pointer where the schema is in the request
     */
    public static List<Violation> violations(JsonNode schema, String pointer) {
        if (!schema.isObject() && !schema.isBoolean()) {
            return List.of(new Violation(pointer, "must be a JSON Schema: an object, true or false"));
        }
        if (Json.write(schema).getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return List.of(new Violation(pointer, "must have at most 64 KiB"));
        }
        var found = META_SCHEMA.violations(schema, pointer);
        return found.isEmpty() ? new SchemaRules(pointer).check(schema) : found;
    }

    private List<Violation> check(JsonNode schema) {
        walk(schema, "");
        references.forEach((place, target) -> {
            if (!places.contains(target)) {
                wrong(place, "must lead to a schema within this one, like #/$defs/NAME; nothing is fetched");
            }
        });
        return violations;
    }

    private void walk(JsonNode schema, String place) {
        places.add("#" + place);
        schema.properties().forEach(field -> keyword(field.getKey(), field.getValue(), place));
    }

    private void keyword(String keyword, JsonNode value, String place) {
        var here = place + "/" + escape(keyword);
        switch (keyword) {
            case "$ref", "$dynamicRef" -> references.put(here, value.textValue());
            case "$anchor", "$dynamicAnchor" -> places.add("#" + value.textValue());
            case "$schema" -> requireVersion(value, here);
            case "$id" -> requireRoot(place, here);
            case "pattern" -> requirePattern(value.textValue(), here);
            case "patternProperties" -> {
                value.fieldNames().forEachRemaining(regex -> requirePattern(regex, here + "/" + escape(regex)));
                walkFields(value, here);
            }
            case "properties", "$defs", "definitions", "dependentSchemas" -> walkFields(value, here);
            case "allOf", "anyOf", "oneOf", "prefixItems" -> walkElements(value, here);
            case "not",
                    "if",
                    "then",
                    "else",
                    "items",
                    "contains",
                    "additionalProperties",
                    "propertyNames",
                    "unevaluatedItems",
                    "unevaluatedProperties",
                    "contentSchema" -> walk(value, here);
            default -> {
                // No subschema in it.
            }
        }
    }

    private void walkFields(JsonNode schemas, String place) {
        schemas.properties().forEach(field -> walk(field.getValue(), place + "/" + escape(field.getKey())));
    }

    private void walkElements(JsonNode schemas, String place) {
        for (int i = 0; i < schemas.size(); i++) {
            walk(schemas.get(i), place + "/" + i);
        }
    }

    private void requireVersion(JsonNode value, String place) {
        if (!SchemaId.V202012.equals(value.textValue())) {
            wrong(place, "must be " + SchemaId.V202012);
        }
    }

    private void requireRoot(String place, String here) {
        if (!place.isEmpty()) {
            wrong(here, "must stand at the top only");
        }
    }

    private void requirePattern(String regex, String place) {
        try {
            LinearPattern.of(regex, false, false);
        } catch (IllegalArgumentException e) {
            wrong(place, String.valueOf(e.getMessage()));
        }
    }

    private void wrong(String place, String detail) {
        violations.add(new Violation(pointer + place, detail));
    }

    private static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
