package io.waypost.event;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waypost.platform.Json;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The event types that come with the gateway, by name, in the order of the file. */
final class Catalogue {

    private static final String FILE = "/event-types/catalogue.yaml";
    private static final String DEFS = "$defs";
    private static final String TO_DEFS = "#/" + DEFS + "/";

    private Catalogue() {}

    static Map<String, EventType> read() {
        var file = parse();
        var types = new LinkedHashMap<String, EventType>();
        for (var type : file.required("types")) {
            var name = type.required("name").textValue();
            types.put(
                    name,
                    new EventType(
                            null,
                            name,
                            type.required("description").textValue(),
                            selfContained((ObjectNode) type.required("schema"), file.required("parts"), name),
                            type.required("example")));
        }
        return Collections.unmodifiableMap(types);
    }

    private static JsonNode parse() {
        var yaml = YAMLMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();
        try (var file = Catalogue.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException(FILE + " is missing in the jar");
            }
            return yaml.readTree(file);
        } catch (IOException e) {
            throw new IllegalStateException(FILE + " in the jar is damaged", e);
        }
    }

    /** The schema together with the parts it refers to, so that it is complete by itself. */
    private static ObjectNode selfContained(ObjectNode schema, JsonNode parts, String name) {
        var selfContained = Json.object();
        selfContained.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        selfContained.put("title", name);
        selfContained.setAll(schema);
        var used = Json.object();
        schema.findValuesAsText("$ref").stream().distinct().sorted().forEach(reference -> {
            var part = reference.substring(TO_DEFS.length());
            used.set(part, parts.required(part));
        });
        if (!used.isEmpty()) {
            selfContained.set(DEFS, used);
        }
        return selfContained;
    }
}
