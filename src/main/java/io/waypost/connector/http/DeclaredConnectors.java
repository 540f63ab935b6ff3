package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Dialect;
import io.waypost.connector.Expressions;
import io.waypost.connector.UrlRules;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.platform.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Makes a dialect of every connector whose file declares its request under {@code spec.x-waypost}. */
@Component
public final class DeclaredConnectors implements Dialect.Source {

    private static final String VARIANTS = "variants";

    private final Expressions expressions;
    private final UrlRules urls;
    private final HttpExchange http;

    public DeclaredConnectors(Expressions expressions, UrlRules urls, HttpExchange http) {
        this.expressions = expressions;
        this.urls = urls;
        this.http = http;
    }

    @Override
    public Optional<Dialect> of(ConnectorDescription connector) {
        var hub = connector.hub();
        if (!hub.has("request") && !hub.has(VARIANTS)) {
            return Optional.empty();
        }
        return Optional.of(new DeclaredDialect(
                new DeclaredConfig(connector.schema(), expressions, urls), variants(hub), expressions, http));
    }

    private List<Variant> variants(JsonNode hub) {
        if (!hub.has(VARIANTS)) {
            return List.of(Variant.of(hub, expressions));
        }
        var all = new ArrayList<Variant>();
        for (var one : hub.path(VARIANTS)) {
            // What all variants share stands beside them.
            var merged = Json.object();
            hub.properties().forEach(field -> merged.set(field.getKey(), field.getValue()));
            one.properties().forEach(field -> merged.set(field.getKey(), field.getValue()));
            all.add(Variant.of(merged, expressions));
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("x-waypost.variants must not be empty");
        }
        return all;
    }
}
