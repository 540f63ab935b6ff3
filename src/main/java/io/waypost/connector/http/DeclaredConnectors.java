package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Dialect;
import io.waypost.connector.Expressions;
import io.waypost.connector.UrlRules;
import io.waypost.connector.connection.Tokens;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.platform.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Makes a dialect of every connector whose file declares its request under {@code spec.x-waypost}. */
@Component
public final class DeclaredConnectors implements Dialect.Source {

    private static final String VARIANTS = "variants";
    private static final Set<String> KEYS = Set.of(
            VARIANTS,
            "when",
            "requires",
            "auth",
            "request",
            "success",
            "errors",
            "retryAfter",
            "rate",
            "idempotency",
            "check",
            "samples",
            "docs",
            "limits");

    private final Expressions expressions;
    private final UrlRules urls;
    private final HttpExchange http;
    private final Tokens tokens;

    public DeclaredConnectors(Expressions expressions, UrlRules urls, HttpExchange http, Tokens tokens) {
        this.expressions = expressions;
        this.urls = urls;
        this.http = http;
        this.tokens = tokens;
    }

    @Override
    public Optional<Dialect> of(ConnectorDescription connector) {
        var hub = connector.hub();
        if (!hub.has("request") && !hub.has(VARIANTS)) {
            return Optional.empty();
        }
        var fields = new DeclaredConfig(connector.schema(), expressions, urls);
        var variants = variants(hub, expressions);
        variants.forEach(variant -> variant.checkFields(fields.names()));
        return Optional.of(new DeclaredDialect(fields, variants, expressions, http, tokens));
    }

    /**
     * The config fields that are secret because of what is declared, marked as such in the schema or not.
     *
     * @param hub what stands under {@code spec.x-waypost}
     * @throws IllegalArgumentException if it declares something that is not understood
     */
    public static Set<String> secrets(JsonNode hub) {
        return ways(hub).stream().flatMap(way -> Variant.secrets(way).stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** @throws IllegalArgumentException if the file declares something that is not understood */
    static List<Variant> variants(JsonNode hub, Expressions expressions) {
        return ways(hub).stream().map(way -> Variant.of(way, expressions)).toList();
    }

    private static List<JsonNode> ways(JsonNode hub) {
        refuseUnknown(hub);
        if (!hub.has(VARIANTS)) {
            return List.of(hub);
        }
        var all = new ArrayList<JsonNode>();
        for (var one : hub.path(VARIANTS)) {
            refuseUnknown(one);
            // What all variants share stands beside them.
            var merged = Json.object();
            hub.properties().forEach(field -> merged.set(field.getKey(), field.getValue()));
            one.properties().forEach(field -> merged.set(field.getKey(), field.getValue()));
            all.add(merged);
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("x-waypost.variants must not be empty");
        }
        return all;
    }

    private static void refuseUnknown(JsonNode hub) {
        for (var field : hub.properties()) {
            if (!KEYS.contains(field.getKey())) {
                throw new IllegalArgumentException(
                        "x-waypost.%s is not known; known are %s".formatted(field.getKey(), new TreeSet<>(KEYS)));
            }
        }
    }
}
