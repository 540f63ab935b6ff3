package io.waypost.api.openapi;

import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springdoc.core.customizers.GlobalOperationCustomizer;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;

/** Writes each endpoint's {@link Shape} into the OpenAPI document. */
@Component
final class Shapes implements GlobalOperationCustomizer, GlobalOpenApiCustomizer {

    private static final String PROBLEM = "application/problem+json";
    private static final String TIME = "A time such as 2026-01-31T12:00:00Z";
    private static final Map<String, String> PARAMETERS = Map.ofEntries(
            Map.entry("limit", "Entries in a page: 1 to 250, default 50"),
            Map.entry("cursor", "The next of the page before"),
            Map.entry("id", "Only the one with this id, whatever characters are in it"),
            Map.entry("file", "The name the file is to have"),
            Map.entry("type", "Only events of this type"),
            Map.entry("tenant", "Only those of this tenant (admin keys)"),
            Map.entry("since", "Received then or later. " + TIME),
            Map.entry("until", "Received before. " + TIME),
            Map.entry("subject", "Only events about this"),
            Map.entry("subscription", "The id of a subscription"),
            Map.entry("event", "The id of an event; for subscriptions, a name as written in events"),
            Map.entry("status", "pending, retrying, succeeded, exhausted, buffered or discarded"),
            Map.entry("app", "Only those of this app"),
            Map.entry("connector", "Only those of this connector"),
            Map.entry("active", "true or false"),
            Map.entry("kind", "bearer, header, basic, oauth2 or mtls"),
            Map.entry("event_type", "The name of an event, or a pattern"),
            Map.entry("flat", "As a hook made with flat receives them: true or 1"),
            Map.entry("replayEvents", "Send what was buffered: true or 1; else it is discarded"));

    private final Map<String, Schema<?>> schemas = new ConcurrentSkipListMap<>();

    @Override
    public Operation customize(Operation operation, HandlerMethod method) {
        var shape = method.getMethodAnnotation(Shape.class);
        if (shape == null) {
            return operation;
        }
        if (shape.takes() != Void.class) {
            operation.setRequestBody(
                    new RequestBody().required(!shape.optional()).content(content(ref(shape.takes()), shape.as())));
        }
        for (var name : shape.query()) {
            operation.addParametersItem(parameter(name, "string"));
        }
        if (shape.list()) {
            operation.addParametersItem(parameter("limit", "integer"));
            operation.addParametersItem(parameter("cursor", "string"));
        }
        if (method.getMethodAnnotation(org.springframework.web.bind.annotation.PostMapping.class) != null) {
            operation.addParametersItem(new Parameter()
                    .in("header")
                    .name("Idempotency-Key")
                    .description(
                            "The same key, path and body from the same API key within 24 h gives the first answer again")
                    .schema(type("string")));
        }
        operation.setResponses(new ApiResponses()
                .addApiResponse(Integer.toString(shape.status()), success(shape))
                ._default(new ApiResponse()
                        .description("What went wrong (RFC 9457)")
                        .content(content(ref(ProblemShape.class), PROBLEM))));
        return operation;
    }

    @Override
    public void customise(OpenAPI document) {
        schemas.forEach(document.getComponents()::addSchemas);
    }

    private ApiResponse success(Shape shape) {
        var response = new ApiResponse().description("Done");
        if (shape.gives() == Void.class) {
            return response;
        }
        var schema = ref(shape.gives());
        return response.content(content(shape.list() ? page(schema) : schema, "application/json"));
    }

    private Schema<?> ref(Class<?> type) {
        var resolved =
                ModelConverters.getInstance(true).resolveAsResolvedSchema(new AnnotatedType(type).resolveAsRef(true));
        resolved.referencedSchemas.forEach(schemas::put);
        return resolved.schema;
    }

    private static Schema<?> page(Schema<?> of) {
        var page = type("object");
        page.addProperty("data", type("array").items(of));
        page.addProperty("next", new JsonSchema().types(Set.of("string", "null")));
        page.setRequired(List.of("data", "next"));
        return page;
    }

    private static Schema<?> type(String type) {
        return new JsonSchema().types(Set.of(type));
    }

    private static Parameter parameter(String name, String type) {
        return new Parameter()
                .in("query")
                .name(name)
                .description(PARAMETERS.get(name))
                .schema(type(type));
    }

    private static Content content(Schema<?> schema, String... types) {
        var content = new Content();
        for (var type : types) {
            content.addMediaType(type, new MediaType().schema(schema));
        }
        return content;
    }

    /** What every error looks like. */
    @io.swagger.v3.oas.annotations.media.Schema(name = "Problem")
    private record ProblemShape(
            String type,
            String title,
            int status,
            String detail,
            String instance,

            @io.swagger.v3.oas.annotations.media.Schema(description = "With 422: what is wrong; the first 100 things")
            List<ViolationShape> errors,

            @io.swagger.v3.oas.annotations.media.Schema(description = "With 422: how many there are beside those")
            Integer moreErrors,

            @io.swagger.v3.oas.annotations.media.Schema(
                    description = "With 503, if nobody can say whether the events are stored: published again with"
                            + " these ids, in this order, they are not stored twice")
            List<KnownBy> events) {}

    private record KnownBy(String id) {}

    @io.swagger.v3.oas.annotations.media.Schema(name = "Violation")
    private record ViolationShape(
            @io.swagger.v3.oas.annotations.media.Schema(description = "A JSON Pointer")
            String pointer,

            String detail) {}
}
