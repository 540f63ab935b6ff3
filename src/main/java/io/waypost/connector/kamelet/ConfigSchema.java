package io.waypost.connector.kamelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import io.waypost.platform.Violation;
import java.util.Comparator;
import java.util.List;

/** The definition of a Kamelet as the JSON Schema of configs. Fields it does not name are violations. */
final class ConfigSchema {

    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(VersionFlag.V202012);
    private static final SchemaValidatorsConfig SETTINGS =
            SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build();

    private final JsonSchema schema;

    /** @throws IllegalArgumentException if the definition is no JSON Schema */
    ConfigSchema(ObjectNode definition) {
        var strict = definition.deepCopy();
        withoutExtensions(strict);
        strict.put("additionalProperties", false);
        try {
            schema = FACTORY.getSchema(strict, SETTINGS);
            schema.initializeValidators();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("spec.definition is no JSON Schema: " + e.getMessage(), e);
        }
    }

    List<Violation> violations(ObjectNode config) {
        return schema.validate(config).stream()
                .map(ConfigSchema::violation)
                .sorted(Comparator.comparing(Violation::pointer))
                .toList();
    }

    private static Violation violation(ValidationMessage message) {
        var at = message.getInstanceLocation().toString();
        return switch (message.getType()) {
            case "required" -> new Violation(at + "/" + message.getProperty(), "is required");
            case "dependentRequired" ->
                new Violation(at + "/" + message.getArguments()[0], "is required with " + message.getProperty());
            case "additionalProperties" ->
                new Violation(at + "/" + message.getProperty(), "is not a field of this connector");
            default -> new Violation(at, message.getError());
        };
    }

    private static void withoutExtensions(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties()
                    .removeIf(field ->
                            field.getKey().startsWith("x-") || field.getKey().equals("example"));
        }
        node.forEach(ConfigSchema::withoutExtensions);
    }
}
