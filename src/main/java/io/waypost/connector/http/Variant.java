package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Expressions;
import io.waypost.connector.connection.Grant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One way of a connector to make its request, as its file declares it. Most have one; Slack has two.
 *
 * @param when the config field whose presence chooses this variant; null: always
 * @param requires fields that must be there besides
 * @param successBody JSONata over the answer; null if the status alone tells
 * @param waits where the wait may stand, the first found counts
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
        List<Wait> waits,
        @Nullable String keyHeader,
        @Nullable String keyField,
        @Nullable Probe check) {

    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");

    /**
     * What is sent.
     *
     * @param path JSONata over the event, for what follows the URL; null for nothing
     * @param moreHeaders the config field whose entries are headers too
     * @param body JSONata over the event; null for a request without a body
     */
    record Call(
            Template method,
            Template url,
            @Nullable String path,
            Map<String, Template> query,
            Map<String, Template> headers,
            @Nullable String moreHeaders,
            @Nullable String body,
            Template contentType) {

        /** The config fields it takes values from by their names. */
        Stream<String> fields() {
            return Stream.of(Stream.of(method, url, contentType), query.values().stream(), headers.values().stream())
                    .flatMap(templates -> templates)
                    .flatMap(template -> template.fields().stream());
        }
    }

    /**
     * Where an answer says how long to wait.
     *
     * @param body JSONata over the answer, looked at if the header is not there
     */
    record Wait(String header, @Nullable String body, Unit unit) {
        enum Unit {
            S,
            MS,
            /** No length but a point in time: seconds or milliseconds since 1970. */
            EPOCH
        }
    }

    /** A harmless request that proves the credentials. */
    record Probe(Call call, Statuses success, @Nullable String successBody) {}

    /**
     * Which header carries the credential.
     *
     * @param grant what a token is asked for with, by the names of {@link Grant}'s parts; empty for other kinds
     */
    record Auth(Kind kind, String header, Template value, Map<String, Template> grant) {
        enum Kind {
            NONE,
            HEADER,
            BASIC,
            CLIENT_CREDENTIALS,
            JWT_BEARER
        }

        boolean isGrant() {
            return !grant.isEmpty();
        }

        /** The config fields it takes. */
        Set<String> fields() {
            return kind == Kind.NONE
                    ? Set.of()
                    : Stream.concat(Stream.of(value), grant.values().stream())
                            .flatMap(template -> template.fields().stream())
                            .collect(Collectors.toUnmodifiableSet());
        }

        /** The config fields of a password; of the user, where the password is fixed: some services take a key as the user. */
        Set<String> password() {
            var colon = value.text().indexOf(':');
            var fields =
                    colon < 0 ? Set.<String>of() : new Template(value.text().substring(colon + 1)).fields();
            return fields.isEmpty() ? value.fields() : fields;
        }

        /** What a token is to be asked for; null if none is needed. */
        @Nullable
        Grant grant(JsonNode config) {
            return switch (kind) {
                case CLIENT_CREDENTIALS ->
                    new Grant.ClientCredentials(
                            part("tokenUrl", config),
                            part("clientId", config),
                            part("clientSecret", config),
                            scope(config));
                case JWT_BEARER ->
                    new Grant.JwtBearer(
                            part("tokenUrl", config),
                            part("issuer", config),
                            part("privateKey", config),
                            scope(config));
                default -> null;
            };
        }

        private String part(String name, JsonNode config) {
            return Objects.requireNonNull(grant.get(name)).fill(config);
        }

        private @Nullable String scope(JsonNode config) {
            var scope = grant.get("scope");
            return scope == null || !scope.canBeFilled(config) ? null : scope.fill(config);
        }
    }

    /** The config fields that decide to which hosts it sends. */
    Stream<String> places() {
        return Stream.of(
                        Stream.of(call.url()),
                        Stream.ofNullable(check).map(probe -> probe.call().url()),
                        Stream.ofNullable(auth.grant().get("tokenUrl")))
                .flatMap(urls -> urls)
                .flatMap(url -> url.origin().stream());
    }

    /**
     * The config fields that a declaration makes secret without a word in the schema: those that {@code auth} sends, and of a
     * URL that is a secret itself those behind its host, or all of it.
     *
     * @param hub what one way of a connector declares
     * @throws IllegalArgumentException if its {@code auth} is none
     */
    static Set<String> secrets(JsonNode hub) {
        var auth = auth(hub.path("auth"));
        return switch (auth.kind()) {
            case HEADER -> auth.value().fields();
            case BASIC -> auth.password();
            case CLIENT_CREDENTIALS ->
                Objects.requireNonNull(auth.grant().get("clientSecret")).fields();
            case JWT_BEARER ->
                Objects.requireNonNull(auth.grant().get("privateKey")).fields();
            case NONE ->
                hub.path("auth").path("kind").asText().equals("url")
                        ? new Template(hub.path("request").path("url").asText()).behindOrigin()
                        : Set.of();
        };
    }

    /**
     * Refuses what names a field that configs do not have.
     *
     * @throws IllegalArgumentException if there is one
     */
    void checkFields(Set<String> known) {
        var own = Stream.concat(Stream.ofNullable(when), Stream.concat(requires.stream(), auth.fields().stream()));
        var calls = Stream.concat(call.fields(), check == null ? Stream.of() : check.call.fields());
        Stream.concat(own, calls)
                .filter(field -> !known.contains(field))
                .findFirst()
                .ifPresent(field -> {
                    throw new IllegalArgumentException(
                            "x-waypost names the field %s, which spec.definition does not have".formatted(field));
                });
    }

    /** @throws IllegalArgumentException if the declaration is incomplete or one of its expressions does not parse */
    static Variant of(JsonNode hub, Expressions expressions) {
        var success = hub.path("success");
        var key = hub.path("idempotency");
        return new Variant(
                text(hub, "when"),
                list(hub.path("requires")).map(JsonNode::asText).toList(),
                auth(hub.path("auth")),
                call(hub.path("request"), "request", expressions),
                Statuses.of(success.path("status"), "200-299"),
                expression(success, "body", expressions),
                list(hub.path("errors"))
                        .map(row -> ErrorRow.of(row, expressions))
                        .toList(),
                waits(hub.path("retryAfter"), expressions),
                text(key, "header"),
                text(key, "field"),
                hub.has("check") ? probe(hub.path("check"), expressions) : null);
    }

    private static List<Wait> waits(JsonNode declared, Expressions expressions) {
        return (declared.isArray() ? list(declared) : Stream.of(declared))
                .map(wait -> new Wait(
                        wait.path("header").asText("Retry-After"),
                        expression(wait, "body", expressions),
                        unit(wait.path("unit").asText("s"))))
                .toList();
    }

    private static Wait.Unit unit(String name) {
        try {
            return Wait.Unit.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("retryAfter.unit must be s, ms or epoch, not '%s'".formatted(name), e);
        }
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
        if (!METHODS.contains(method) && new Template(method).fields().isEmpty()) {
            throw new IllegalArgumentException(where + ".method must be one of " + METHODS);
        }
        if (!request.path("url").isTextual()) {
            throw new IllegalArgumentException(where + ".url must be there");
        }
        var headers = request.path("headers");
        return new Call(
                new Template(method),
                new Template(request.path("url").asText()),
                expression(request, "path", expressions),
                templates(request.path("query")),
                templates(headers),
                headers.isTextual()
                        ? new Template(headers.asText())
                                .fields().stream().findFirst().orElse(null)
                        : null,
                expression(request, "body", expressions),
                new Template(request.path("contentType").asText("application/json")));
    }

    private static Map<String, Template> templates(JsonNode named) {
        var templates = new LinkedHashMap<String, Template>();
        named.properties()
                .forEach(one ->
                        templates.put(one.getKey(), new Template(one.getValue().asText())));
        return templates;
    }

    private static Auth auth(JsonNode auth) {
        var value = new Template(auth.path("value").asText("{token}"));
        var kind = auth.path("kind").asText("none");
        return switch (kind) {
            case "none", "url" -> new Auth(Auth.Kind.NONE, "", value, Map.of());
            case "bearer" ->
                new Auth(Auth.Kind.HEADER, "Authorization", new Template("Bearer " + value.text()), Map.of());
            case "header" -> new Auth(Auth.Kind.HEADER, auth.path("header").asText("Authorization"), value, Map.of());
            case "basic" -> new Auth(Auth.Kind.BASIC, "Authorization", value, Map.of());
            case "oauth2ClientCredentials" -> granted(Auth.Kind.CLIENT_CREDENTIALS, auth, "clientId", "clientSecret");
            case "jwtBearer" -> granted(Auth.Kind.JWT_BEARER, auth, "issuer", "privateKey");
            default ->
                throw new IllegalArgumentException(
                        "auth.kind must be none, bearer, header, basic, url, oauth2ClientCredentials or jwtBearer, not '%s'"
                                .formatted(kind));
        };
    }

    /** Each part is a config field of the same name unless the file says otherwise. */
    private static Auth granted(Auth.Kind kind, JsonNode auth, String... parts) {
        var grant = new LinkedHashMap<String, Template>();
        for (var part : parts) {
            grant.put(part, new Template(auth.path(part).asText("{" + part + "}")));
        }
        grant.put("tokenUrl", new Template(auth.path("tokenUrl").asText("{tokenUrl}")));
        if (auth.hasNonNull("scope")) {
            grant.put("scope", new Template(auth.path("scope").asText()));
        }
        return new Auth(kind, "Authorization", new Template(""), Map.copyOf(grant));
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
