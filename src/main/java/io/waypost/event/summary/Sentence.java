package io.waypost.event.summary;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A template for one sentence about an event's data. {@code {a.b|c}} is the value at {@code a.b}, or else at {@code c}; an
 * alternative in single quotes is a constant; in a list, the values of all items are joined with commas. A part in square
 * brackets is left out if a value in it is missing. Example: {@code {a} bought {b|'something'}[ for {c}]}
 */
record Sentence(List<Part> parts) {

    private static final int LONGEST_VALUE = 200;
    private static final int MOST_ITEMS = 50;

    sealed interface Part {}

    private record Words(String text) implements Part {}

    private record Place(List<String> alternatives) implements Part {}

    private record Optional(Sentence inner) implements Part {}

    /** @throws IllegalArgumentException if a bracket is not closed */
    static Sentence of(String text) {
        var reader = new Reader(text);
        var sentence = reader.sentence();
        if (!reader.atEnd()) {
            throw new IllegalArgumentException("a bracket is closed that was not opened: " + text);
        }
        return sentence;
    }

    /** @return null if a value outside square brackets is missing */
    @Nullable
    String fill(JsonNode data) {
        var filled = new StringBuilder();
        for (var part : parts) {
            var text =
                    switch (part) {
                        case Words words -> words.text;
                        case Place place -> value(place, data);
                        case Optional optional -> Objects.requireNonNullElse(optional.inner.fill(data), "");
                    };
            if (text == null) {
                return null;
            }
            filled.append(text);
        }
        return filled.toString();
    }

    private static @Nullable String value(Place place, JsonNode data) {
        for (var alternative : place.alternatives) {
            var found = alternative.startsWith("'")
                    ? alternative.substring(1, alternative.length() - 1)
                    : find(data, List.of(alternative.split("\\.")));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String find(JsonNode node, List<String> path) {
        if (node.isArray()) {
            var items = StreamSupport.stream(node.spliterator(), false)
                    .limit(MOST_ITEMS)
                    .map(item -> find(item, path))
                    .filter(Objects::nonNull)
                    .collect(Collectors.joining(", "));
            return items.isEmpty() ? null : cut(items);
        }
        if (!path.isEmpty()) {
            return find(node.path(path.getFirst()), path.subList(1, path.size()));
        }
        var isText = node.isValueNode() && !node.isNull() && !node.asText().isBlank();
        return isText ? cut(node.asText()) : null;
    }

    /** Shortened, and on one line. */
    private static String cut(String value) {
        var line = value.strip().replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= LONGEST_VALUE
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST_VALUE - 1)) + "…";
    }

    /** Parses the template from left to right. */
    private static final class Reader {

        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        boolean atEnd() {
            return at == text.length();
        }

        /** Up to the end, or to the closing square bracket. */
        Sentence sentence() {
            var parts = new ArrayList<Part>();
            while (!atEnd() && text.charAt(at) != ']') {
                parts.add(
                        switch (text.charAt(at)) {
                            case '{' -> new Place(List.of(upTo('}').split("\\|")));
                            case '[' -> optional();
                            default -> words();
                        });
            }
            return new Sentence(List.copyOf(parts));
        }

        private Optional optional() {
            at++;
            var inner = sentence();
            if (atEnd()) {
                throw new IllegalArgumentException("a bracket is not closed: " + text);
            }
            at++;
            return new Optional(inner);
        }

        private String upTo(char end) {
            var from = at + 1;
            var to = text.indexOf(end, from);
            if (to < 0) {
                throw new IllegalArgumentException("a bracket is not closed: " + text);
            }
            at = to + 1;
            return text.substring(from, to);
        }

        private Words words() {
            var from = at;
            while (!atEnd() && "{[]".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return new Words(text.substring(from, at));
        }
    }
}
