package io.waypost.event.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.OutputFormat;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.resource.DisallowSchemaLoader;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.List;
import java.util.Locale;

/**
 * A JSON Schema 2020-12 of a tenant. Nothing is ever fetched for it, and checking against it takes bounded time and memory
 * however it is written, so that no tenant's schema can stop the others.
 */
public final class EventSchema {

    static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .pathType(PathType.JSON_POINTER)
            .locale(Locale.ENGLISH)
            .regularExpressionFactory(BoundedPattern::new)
            // Resolving references ahead of time, or caching them, takes memory exponential in their number.
            .preloadJsonSchema(false)
            .cacheRefs(false)
            .build();

    private static final JsonSchemaFactory FACTORY =
            JsonSchemaFactory.getInstance(VersionFlag.V202012, builder -> builder.enableSchemaCache(false)
                    .schemaLoaders(loaders -> loaders.add(DisallowSchemaLoader.getInstance())));

    private final JsonSchema schema;

    EventSchema(JsonSchema schema) {
        this.schema = schema;
    }

    /** @param schema one that was checked by {@link SchemaRules} before it was stored */
    public static EventSchema of(JsonNode schema) {
        return new EventSchema(FACTORY.getSchema(schema, CONFIG));
    }

    /**
     * The violations of the schema in the data.
     *
     * @param pointer where the data is in the request; the pointers of the violations begin with it
     */
    public List<Violation> violations(JsonNode data, String pointer) {
        try {
            var budget = new Budget();
            var found = new Violations();
            ScopedValue.where(Budget.CURRENT, budget)
                    .call(() -> schema.validate(budget, data, OutputFormat.DEFAULT))
                    .forEach(message -> found.add(violation(message, pointer)));
            return found;
        } catch (Budget.Spent | StackOverflowError _) {
            return List.of(new Violation(pointer, "takes too long to be checked against the schema of its type"));
        } catch (JsonSchemaException e) {
            return List.of(
                    new Violation(pointer, "cannot be checked against the schema of its type: " + e.getMessage()));
        }
    }

    private static Violation violation(ValidationMessage message, String pointer) {
        return new Violation(pointer + message.getInstanceLocation(), message.getError());
    }
}
