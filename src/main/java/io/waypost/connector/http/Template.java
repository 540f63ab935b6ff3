package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text in which {@code {name}} stands for a config value. */
record Template(String text) {

    private static final Pattern FIELD = Pattern.compile("\\{([A-Za-z][A-Za-z0-9_]*)}");

    /** With the values as they are. */
    String fill(JsonNode config) {
        return fill(text, config, UnaryOperator.identity());
    }

    /** As a URL: values percent-encoded, but for one that the URL begins with. */
    String fillUrl(JsonNode config) {
        var first = FIELD.matcher(text);
        if (!first.lookingAt()) {
            return fill(text, config, Template::encode);
        }
        var origin = value(config, first.group(1));
        var rest = fill(text.substring(first.end()), config, Template::encode);
        return rest.startsWith("/") && origin.endsWith("/")
                ? origin.substring(0, origin.length() - 1) + rest
                : origin + rest;
    }

    private static String fill(String text, JsonNode config, UnaryOperator<String> encoding) {
        return FIELD.matcher(text)
                .replaceAll(field -> Matcher.quoteReplacement(encoding.apply(value(config, field.group(1)))));
    }

    private static String value(JsonNode config, String name) {
        var value = config.path(name);
        if (value.isMissingNode() || value.isNull()) {
            throw new IllegalArgumentException("the config has no " + name);
        }
        return value.asText();
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
