package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Expressions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One way of a connector to make its request, as its file declares it. Most have one; Slack has two.
 *
 * @param when the config field whose presence chooses this variant; null: always
 * @param requires fields that must be there besides
 * @param body JSONata over the event; null for a request without a body
 * @param successBody JSONata over the answer; null if the status alone tells
 * @param waitHeader where the wait stands, and {@code waitBody} (JSONata over the answer) if not there
 * @param keyHeader the header that takes the delivery's id, if the other side has one; {@code keyField} a field of the body
 */
record Variant(
        @Nullable String when,
        List<String> requires,
        Auth auth,
        Call call,
        Statuses success,
        @Nullable String successBody,
        List<ErrorRow> errors,
        String waitHeader,
        @Nullable String waitBody,
        int millisPerUnit,
        @Nullable String keyHeader,
        @Nullable String keyField,
        @Nullable Probe check) {

    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");

    /** What is sent. */
    record Call(
            String method,
            Template url,
            Map<String, Template> headers,
            @Nullable String body,
            String contentType) {}

    /** A harmless request that proves the credentials. */
    record Probe(Call call, Statuses success, @Nullable String successBody) {}

    /** Which header carries the credential. */
    record Auth(Kind kind, String header, Template value) {
        enum Kind {
            NONE,
            HEADER,
            BASIC
        }
    }

    /** @throws IllegalArgumentException if the declaration is incomplete or one of its expressions does not parse */
    static Variant of(JsonNode hub, Expressions expressions) {
        var success = hub.path("success");
        var wait = hub.path("retryAfter");
        var key = hub.path("idempotency");
        return new Variant(
                text(hub, "when"),
                list(hub.path("requires")).map(JsonNode::asText).toList(),
                auth(hub.path("auth")),
                call(hub.path("request"), "request", expressions),
                Statuses.of(success.path("status"), "200-299"),
                expression(success, "body", expressions),
                list(hub.path("errors")).map(ErrorRow::of).toList(),
                wait.path("header").asText("Retry-After"),
                expression(wait, "body", expressions),
                wait.path("unit").asText("s").equals("ms") ? 1 : 1000,
                text(key, "header"),
                text(key, "field"),
                hub.has("check") ? probe(hub.path("check"), expressions) : null);
    }

    private static Probe probe(JsonNode check, Expressions expressions) {
        var success = check.path("success");
        return new Probe(
                call(check, "check", expressions),
                Statuses.of(success.path("status"), "200-299"),
                expression(success, "body", expressions));
    }

    private static Call call(JsonNode request, String where, Expressions expressions) {
        var method = request.path("method").asText("POST");
        if (!METHODS.contains(method)) {
            throw new IllegalArgumentException(where + ".method must be one of " + METHODS);
        }
        if (!request.path("url").isTextual()) {
            throw new IllegalArgumentException(where + ".url must be there");
        }
        var headers = new LinkedHashMap<String, Template>();
        request.path("headers")
                .properties()
                .forEach(header -> headers.put(
                        header.getKey(), new Template(header.getValue().asText())));
        return new Call(
                method,
                new Template(request.path("url").asText()),
                headers,
                expression(request, "body", expressions),
                request.path("contentType").asText("application/json"));
    }

    private static Auth auth(JsonNode auth) {
        var value = new Template(auth.path("value").asText("{token}"));
        var kind = auth.path("kind").asText("none");
        return switch (kind) {
            case "none", "url" -> new Auth(Auth.Kind.NONE, "", value);
            case "bearer" -> new Auth(Auth.Kind.HEADER, "Authorization", new Template("Bearer " + value.text()));
            case "header" -> new Auth(Auth.Kind.HEADER, auth.path("header").asText("Authorization"), value);
            case "basic" -> new Auth(Auth.Kind.BASIC, "Authorization", value);
            default ->
                throw new IllegalArgumentException(
                        "auth.kind must be none, bearer, header, basic or url, not '%s'".formatted(kind));
        };
    }

    private static @Nullable String expression(JsonNode node, String name, Expressions expressions) {
        var expression = text(node, name);
        if (expression != null) {
            try {
                expressions.check(expression);
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(
                        "%s is no JSONata expression: %s (in: %s)".formatted(name, e.getMessage(), expression), e);
            }
        }
        return expression;
    }

    private static Stream<JsonNode> list(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false);
    }

    private static @Nullable String text(JsonNode node, String name) {
        var value = node.path(name);
        return value.isMissingNode() || value.isNull() ? null : value.asText();
    }
}
