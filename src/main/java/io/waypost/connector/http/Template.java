package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Text in which {@code {name}} stands for a config value. In a URL {@code {+name}} stands for one that is several path
 * segments.
 */
record Template(String text) {

    private static final Pattern FIELD = Pattern.compile("\\{(\\+?)([A-Za-z][A-Za-z0-9_]*)}");

    /** The config fields it names. */
    Set<String> fields() {
        return FIELD.matcher(text).results().map(field -> field.group(2)).collect(Collectors.toUnmodifiableSet());
    }

    /** The config fields that decide which host a URL names: all of them before the path. */
    Set<String> origin() {
        var scheme = text.indexOf("://");
        var end = scheme < 0 ? 0 : scheme + "://".length();
        while (end < text.length() && "/?#".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return new Template(text.substring(0, end)).fields();
    }

    /** Those behind the host; if there are none, all of them. */
    Set<String> behindOrigin() {
        var behind = new HashSet<>(fields());
        behind.removeAll(origin());
        return behind.isEmpty() ? fields() : Set.copyOf(behind);
    }

    boolean canBeFilled(JsonNode config) {
        return fields().stream().allMatch(config::hasNonNull);
    }

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
        var origin = value(config, first.group(2));
        var rest = fill(text.substring(first.end()), config, Template::encode);
        return rest.startsWith("/") && origin.endsWith("/")
                ? origin.substring(0, origin.length() - 1) + rest
                : origin + rest;
    }

    /**
     * A URL with more behind its path and more in its query, whatever it has of both already.
     *
     * @param path empty, or begins with {@code /} or {@code ?}; encoded
     * @param query names and values, not encoded
     */
    static String extend(String url, String path, Map<String, String> query) {
        var end = url.indexOf('#') < 0 ? url.length() : url.indexOf('#');
        var mark = url.indexOf('?') < 0 ? end : Math.min(url.indexOf('?'), end);
        var made = new StringBuilder(url.substring(0, mark));
        if (path.startsWith("/") && made.length() > 0 && made.charAt(made.length() - 1) == '/') {
            made.setLength(made.length() - 1);
        }
        made.append(path);
        if (mark + 1 < end) {
            made.append(made.indexOf("?") < 0 ? '?' : '&').append(url, mark + 1, end);
        }
        query.forEach((name, value) -> made.append(made.indexOf("?") < 0 ? '?' : '&')
                .append(encode(name))
                .append('=')
                .append(encode(value)));
        return made.toString();
    }

    private static String fill(String text, JsonNode config, UnaryOperator<String> encoding) {
        return FIELD.matcher(text).replaceAll(field -> {
            var value = value(config, field.group(2));
            return Matcher.quoteReplacement(field.group(1).isEmpty() ? encoding.apply(value) : segments(value));
        });
    }

    /** Each encoded, so that no value can climb out of the path it was given. */
    private static String segments(String path) {
        return Arrays.stream(path.split("/", -1))
                .map(Template::encode)
                .map(segment -> segment.matches("\\.{1,2}") ? segment.replace(".", "%2E") : segment)
                .collect(Collectors.joining("/"));
    }

    private static String value(JsonNode config, String name) {
        var value = config.path(name);
        if (value.isMissingNode() || value.isNull()) {
            throw new IllegalArgumentException("the config has no " + name);
        }
        return value.asText();
    }

    private static String encode(String value) {
        // A colon and an @ may stand in a path and in a query, and some services take them only so.
        return URLEncoder.encode(value, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%3A", ":")
                .replace("%40", "@");
    }
}
