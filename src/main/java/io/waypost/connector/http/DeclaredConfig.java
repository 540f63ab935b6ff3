package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.UrlRules;
import io.waypost.connector.connection.Pem;
import io.waypost.connector.http.client.HeaderRules;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The config fields of a declared connector, by what its schema says of them: {@code default}, {@code format}. */
final class DeclaredConfig {

    private static final Set<String> URLS = Set.of("url", "webhookUrl", "apiUrl", "tokenUrl");

    /** Values of an expression field that are meant as they stand: a telephone number, a word. */
    private static final String LITERAL = "x-literal";

    /** Text of several lines: the only one that a config may hold beside expressions. */
    private static final String PRIVATE_KEY = "application/x-pem-file";

    private final Map<String, JsonNode> properties = new LinkedHashMap<>();
    private final Map<String, Pattern> literals = new HashMap<>();
    private final Expressions expressions;
    private final UrlRules urls;

    DeclaredConfig(JsonNode schema, Expressions expressions, UrlRules urls) {
        schema.path("properties").properties().forEach(field -> {
            properties.put(field.getKey(), field.getValue());
            if (field.getValue().has(LITERAL)) {
                literals.put(
                        field.getKey(),
                        Pattern.compile(field.getValue().path(LITERAL).asText()));
            }
        });
        this.expressions = expressions;
        this.urls = urls;
    }

    Set<String> names() {
        return Set.copyOf(properties.keySet());
    }

    /** Whether the value of an expression field is no expression but the text itself. */
    boolean isLiteral(String name, String value) {
        var literal = literals.get(name);
        return literal != null && literal.matcher(value).matches();
    }

    /** The fields that are JSONata over the event. */
    List<String> expressions() {
        return properties.keySet().stream().filter(this::isExpression).toList();
    }

    ObjectNode withDefaults(ObjectNode config) {
        var whole = config.deepCopy();
        properties.forEach((name, property) -> {
            if (property.has("default") && !whole.hasNonNull(name)) {
                whole.set(name, property.get("default"));
            }
        });
        return whole;
    }

    List<Violation> violations(ObjectNode config, List<Variant> variants) {
        var found = new Violations();
        for (var field : config.properties()) {
            if (field.getValue().isTextual()) {
                check(field.getKey(), field.getValue().textValue(), found);
            }
        }
        found.addAll(HeaderRules.violations(config.path("headers")));
        variants.stream()
                .filter(v -> v.when() == null || config.hasNonNull(v.when()))
                .findFirst()
                .ifPresentOrElse(
                        v -> v.requires().stream()
                                .filter(field -> !config.hasNonNull(field))
                                .forEach(
                                        field -> found.add(new Violation("/" + field, "is required with " + v.when()))),
                        () -> found.add(new Violation("/" + variants.getFirst().when(), missing(variants))));
        return found;
    }

    private void check(String name, String value, List<Violation> found) {
        if (isExpression(name) && !isLiteral(name, value)) {
            try {
                expressions.check(value);
            } catch (ExpressionFailed e) {
                found.add(new Violation("/" + name, "must be a JSONata expression: " + e.getMessage()));
            }
        } else if (isKey(name)) {
            try {
                Pem.privateKey(value);
            } catch (IllegalArgumentException e) {
                found.add(new Violation("/" + name, String.valueOf(e.getMessage())));
            }
        } else if (isUrl(name)) {
            var problem = urls.problem(value);
            if (problem != null) {
                found.add(new Violation("/" + name, problem));
            }
        } else if (value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            found.add(new Violation("/" + name, "must not contain line breaks or other control characters"));
        }
    }

    /** Whether it is a secret that is no URL: what a token can be put into. */
    boolean isPlainSecret(String name) {
        return format(name).equals("password") && !isUrl(name) && !isKey(name);
    }

    private boolean isKey(String name) {
        var property = properties.get(name);
        return property != null && property.path("contentMediaType").asText().equals(PRIVATE_KEY);
    }

    private boolean isExpression(String name) {
        return format(name).equals("jsonata");
    }

    private boolean isUrl(String name) {
        return URLS.contains(name) || format(name).equals("uri");
    }

    private String format(String name) {
        var property = properties.get(name);
        return property == null ? "" : property.path("format").asText();
    }

    private static String missing(List<Variant> variants) {
        return "is required, or else "
                + variants.stream().skip(1).map(Variant::when).collect(Collectors.joining(", or "));
    }
}
