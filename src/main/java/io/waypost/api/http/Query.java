package io.waypost.api.http;

import io.waypost.platform.Fields;
import io.waypost.platform.Invalid;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The query of a request. Each reader notes what is wrong and goes on; {@link #verify} then throws all of it at once.
 * Parameters nobody asks for are ignored.
 */
public final class Query {

    public static final int DEFAULT_LIMIT = 50;
    public static final int MOST = 250;

    private static final Pattern NUMBER = Pattern.compile("-?\\d+");

    private final Map<String, String> values = new HashMap<>();
    private final List<Violation> violations = new Violations();

    private Query() {}

    /** @throws Refused (malformed) if the query is not well encoded */
    public static Query of(HttpServletRequest request) {
        var query = new Query();
        var text = request.getQueryString();
        if (text != null) {
            for (var pair : text.split("&")) {
                var equals = pair.indexOf('=');
                query.values.putIfAbsent(
                        decode(equals < 0 ? pair : pair.substring(0, equals)),
                        decode(equals < 0 ? "" : pair.substring(equals + 1)));
            }
        }
        return query;
    }

    /** Empty counts as absent. */
    public @Nullable String text(String name) {
        var value = values.get(name);
        if (value != null && value.indexOf('\0') >= 0) {
            return wrong(name, "must not hold the character NUL");
        }
        return value == null || value.isEmpty() ? null : value;
    }

    /** How many entries a page may have: 1 to {@value #MOST}; more is cut to that, nothing is {@value #DEFAULT_LIMIT}. */
    public int limit() {
        var value = values.get("limit");
        if (value == null) {
            return DEFAULT_LIMIT;
        }
        if (!NUMBER.matcher(value).matches() || value.startsWith("-") || value.matches("0+")) {
            wrong("limit", "must be a number from 1 to " + MOST);
            return DEFAULT_LIMIT;
        }
        var digits = value.replaceFirst("^0+", "");
        return digits.length() > 3 ? MOST : Math.min(MOST, Integer.parseInt(digits));
    }

    public @Nullable Instant instant(String name) {
        return read(
                name,
                "must be a time such as 2026-01-31T12:00:00Z",
                text -> // A plus that was not encoded arrives as a space.
                Fields.parseInstant(text.replace(' ', '+')));
    }

    /** In any case of letters: a client in Python writes a boolean as {@code True}. */
    public @Nullable Boolean bool(String name) {
        return read(name, "must be true or false", text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> null;
        });
    }

    /** @param rule what it must be, for the one who got it wrong; {@code reader} answers null (or throws) if it is not */
    public <T> @Nullable T read(String name, String rule, Function<String, @Nullable T> reader) {
        var value = values.get(name);
        if (value == null) {
            return null;
        }
        try {
            var read = reader.apply(value);
            if (read != null) {
                return read;
            }
        } catch (IllegalArgumentException | Refused _) {
            // Reported below, by the rule.
        }
        return wrong(name, rule);
    }

    /** Reports something else that is wrong with a parameter; always null, to be returned in its place. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // null is of every type
    public <T> @Nullable T wrong(String name, String detail) {
        violations.add(new Violation("/" + name, detail));
        return null;
    }

    /**
     * Where the page before ended.
     *
     * @param list which list the cursor must come from
     */
    public <T> @Nullable T cursor(String list, Function<String, @Nullable T> reader) {
        return read("cursor", "must be the next of the page before", text -> reader.apply(Page.open(list, text)));
    }

    /** @throws Invalid if anything read so far was wrong */
    public void verify() {
        Invalid.throwIfAny(violations);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw Refused.malformed("The query is not well encoded: a % must be followed by two hexadecimal digits");
        }
    }
}
