package io.waypost.subscription.jsonata;

import static io.waypost.subscription.jsonata.FormatFunctions.failed;
import static io.waypost.subscription.jsonata.FormatFunctions.isNothing;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.Jsonata;
import io.waypost.event.summary.Summaries;
import io.waypost.subscription.jsonata.BuiltIn.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What messages to people are made with, for which JSONata has no functions. */
final class MessageFunctions {

    private static final int MAX_DETAILS = 100;
    private static final int MAX_DEPTH = 5;

    /** The vendor's own body in an event of an inbound source: all of it stands in the other fields already. */
    private static final String RAW = "raw";

    /** What stands for an object in a line of text, the first it has. */
    private static final List<String> NAMES = List.of("name", "title", "email", "field", "sku", "id");

    private static final Summaries SUMMARIES = Summaries.shipped();

    private MessageFunctions() {}

    /** {@code $truncate(text, n, mark)}: at most n characters, the mark for what is left out included. */
    static @Nullable Object truncate(Arguments arguments) {
        var value = arguments.get(0);
        if (isNothing(value)) {
            return value;
        }
        var most = arguments.number(1);
        if (most == null || most.doubleValue() < 0) {
            throw failed("$truncate needs a number of characters, 0 or more");
        }
        var text = text(value);
        if (text.length() <= most.doubleValue() || text.codePointCount(0, text.length()) <= most.intValue()) {
            return text;
        }
        var mark = isNothing(arguments.get(2)) ? "…" : text(arguments.get(2));
        var room = most.intValue() - mark.codePointCount(0, mark.length());
        return room < 0
                ? text.substring(0, text.offsetByCodePoints(0, most.intValue()))
                : text.substring(0, text.offsetByCodePoints(0, room)) + mark;
    }

    /** {@code $default(value, other)}: the other one if there is no value, or an empty one. */
    static @Nullable Object otherwise(Arguments arguments) {
        var value = arguments.get(0);
        var empty = isNothing(value)
                || (value instanceof String text && text.isEmpty())
                || (value instanceof List<?> list && list.isEmpty())
                || (value instanceof Map<?, ?> map && map.isEmpty());
        return empty ? arguments.get(1) : value;
    }

    /** {@code $translate(value, table, other)}: what the table has for the value. */
    static @Nullable Object translate(Arguments arguments) {
        var value = arguments.get(0);
        if (value instanceof List || value instanceof Map) {
            throw failed("$translate needs a text, a number or a boolean to look up, not a list or an object");
        }
        if (!(arguments.get(1) instanceof Map<?, ?> table)) {
            throw failed("$translate needs a table as its second argument, like {\"open\": \"offen\"}");
        }
        var found = isNothing(value) ? null : table.get(text(value));
        return found == null ? arguments.get(2) : found;
    }

    static @Nullable Object slackEscape(Arguments arguments) {
        return escape(arguments.get(0), "&<>");
    }

    static @Nullable Object htmlEscape(Arguments arguments) {
        return escape(arguments.get(0), "&<>\"'");
    }

    private static @Nullable String escape(@Nullable Object value, String dangerous) {
        if (isNothing(value)) {
            return null;
        }
        var text = text(value);
        var escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            escaped.append(dangerous.indexOf(c) < 0 ? String.valueOf(c) : entity(c));
            Bounds.CURRENT.get().checked(escaped.length());
        }
        return escaped.toString();
    }

    private static String entity(char c) {
        return switch (c) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&quot;";
            default -> "&#39;";
        };
    }

    /** {@code $summary(event)}: the event in a sentence; of a batch how many there are, which is its type. */
    static @Nullable Object summary(Arguments arguments) {
        var value = arguments.get(0);
        return isNothing(value) ? null : sentence(value);
    }

    private static String sentence(@Nullable Object event) {
        Bounds.CURRENT.get().tick();
        return event instanceof Map<?, ?> map && map.get("type") instanceof String
                ? SUMMARIES.of(Values.toJson(map))
                : text(event);
    }

    /** {@code $details(data)}: each value in it as text with its name, for a list that people read. */
    static Object details(Arguments arguments) {
        var found = new ArrayList<Object>();
        collect("", arguments.get(0), 0, found);
        return found;
    }

    private static void collect(String name, @Nullable Object value, int depth, List<Object> found) {
        if (isNothing(value) || found.size() >= MAX_DETAILS) {
            return;
        }
        if (value instanceof Map<?, ?> map && depth < MAX_DEPTH) {
            map.forEach((key, inner) -> {
                if (depth > 0 || !RAW.equals(key)) {
                    collect(name.isEmpty() ? String.valueOf(key) : name + " " + key, inner, depth + 1, found);
                }
            });
            return;
        }
        var text = line(value);
        if (!text.isEmpty()) {
            var detail = new LinkedHashMap<String, Object>();
            detail.put("name", name.isEmpty() ? "data" : name);
            detail.put("value", text);
            found.add(detail);
        }
    }

    private static String line(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream()
                        .filter(item -> !isNothing(item))
                        .map(MessageFunctions::item)
                        .collect(Collectors.joining(", "))
                : text(value);
    }

    private static String item(@Nullable Object item) {
        return item instanceof Map<?, ?> map
                ? NAMES.stream()
                        .map(map::get)
                        .filter(name -> !isNothing(name))
                        .findFirst()
                        .map(MessageFunctions::text)
                        .orElseGet(() -> text(map))
                : text(item);
    }

    /** Text as it is, anything else as JSON. */
    private static String text(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        Bounds.CURRENT.get().weight(value);
        return value == Jsonata.NULL_VALUE ? "" : String.valueOf(Functions.string(value, false));
    }
}
