package io.waypost.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one JSON object from a request and collects all that is wrong, so that a caller hears everything at
 * once. A field that is {@code null} counts as left out. Each reader answers null (or the given default) for a field that
 * is left out or wrong; {@link #done()} at the end refuses fields nobody asked for and throws if anything was wrong.
 *
 * <pre>{@code
 * var fields = Fields.of(body);
 * var id = fields.required(fields.line("id", 63), "id");
 * var name = fields.line("name", 200);
 * fields.done();
 * }</pre>
 */
public final class Fields {

    /** Micros since 1970 in a long hold far more, but no other program reads a year of five digits. */
    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999Z");

    /** Whether there is an object at all; if not, that is said once, and not again for each field it lacks. */
    private final boolean given;

    private final ObjectNode object;
    private final String pointer;
    private final List<Violation> violations;
    private final Set<String> asked = new HashSet<>();

    private Fields(JsonNode node, String pointer, List<Violation> violations) {
        this.pointer = pointer;
        this.violations = violations;
        given = node.isObject();
        if (node instanceof ObjectNode whole) {
            object = whole;
        } else {
            object = Json.object();
            violations.add(new Violation(pointer, "must be a JSON object"));
        }
    }

    /** The fields of a whole body. What is no object is a violation, and has no fields. */
    public static Fields of(JsonNode node) {
        return new Fields(node, "", new Violations());
    }

    /** The fields of a part, say an element of an array, that reports into the list of the whole. */
    public static Fields of(JsonNode node, String pointer, List<Violation> violations) {
        return new Fields(node, pointer, violations);
    }

    /** Whether the field is there and not null. Does not count as asking for it. */
    public boolean has(String name) {
        return object.hasNonNull(name);
    }

    /** Any JSON; null if left out or {@code null}. */
    public @Nullable JsonNode any(String name) {
        asked.add(name);
        var node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    /** Text of one line: not empty, no control characters, at most {@code max} characters. */
    public @Nullable String line(String name, int max) {
        var text = string(name);
        var fault = text == null ? null : Texts.lineFault(text, max);
        return fault == null ? text : wrong(name, fault);
    }

    /** Text, line breaks and all, but no NUL; at most {@code max} characters, may be empty. */
    public @Nullable String text(String name, int max) {
        var text = string(name);
        var fault = text == null ? null : Texts.textFault(text, max);
        return fault == null ? text : wrong(name, fault);
    }

    private @Nullable String string(String name) {
        var node = any(name);
        return node == null || node.isTextual() ? textOf(node) : wrong(name, "must be a string");
    }

    private static @Nullable String textOf(@Nullable JsonNode node) {
        return node == null ? null : node.textValue();
    }

    public @Nullable Boolean bool(String name) {
        var node = any(name);
        if (node != null && !node.isBoolean()) {
            wrong(name, "must be true or false");
            return null;
        }
        return node == null ? null : node.booleanValue();
    }

    public boolean bool(String name, boolean byDefault) {
        var value = bool(name);
        return value == null ? byDefault : value;
    }

    /** A whole number from {@code min} to {@code max}, both inclusive; {@code 5.0} is one too. */
    public @Nullable Integer integer(String name, int min, int max) {
        var rule = "must be a whole number from %d to %d".formatted(min, max);
        var number = number(name, min, max, rule);
        if (number != null && number != Math.rint(number)) {
            wrong(name, rule);
            return null;
        }
        return number == null ? null : number.intValue();
    }

    public int integer(String name, int min, int max, int byDefault) {
        var value = integer(name, min, max);
        return value == null ? byDefault : value;
    }

    /** A number from {@code min} to {@code max}, both inclusive. */
    public @Nullable Double number(String name, double min, double max) {
        return number(name, min, max, "must be a number from %s to %s".formatted(min, max));
    }

    private @Nullable Double number(String name, double min, double max, String detail) {
        var node = any(name);
        if (node != null && (!node.isNumber() || node.doubleValue() < min || node.doubleValue() > max)) {
            wrong(name, detail);
            return null;
        }
        return node == null ? null : node.doubleValue();
    }

    /** A duration in either form of {@link Durations}, from {@code min} to {@code max}, both inclusive. */
    public @Nullable Duration duration(String name, Duration min, Duration max) {
        var text = string(name);
        if (text == null) {
            return null;
        }
        try {
            var duration = Durations.parse(text);
            if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
                return duration;
            }
        } catch (IllegalArgumentException e) {
            return wrong(name, String.valueOf(e.getMessage()));
        }
        return wrong(name, "must be a duration from %s to %s".formatted(Durations.format(min), Durations.format(max)));
    }

    /** A time with its zone (RFC 3339), cut to microseconds. */
    public @Nullable Instant instant(String name) {
        var text = string(name);
        if (text == null) {
            return null;
        }
        var instant = parseInstant(text);
        return instant != null ? instant : wrong(name, "must be a time with its zone, like 2026-01-31T09:30:00Z");
    }

    /** Null for what is no time with a zone, or lies outside the years 1 to 9999. */
    public static @Nullable Instant parseInstant(String text) {
        try {
            var instant = Instant.parse(text).truncatedTo(ChronoUnit.MICROS);
            return instant.isBefore(FIRST) || instant.isAfter(LAST) ? null : instant;
        } catch (DateTimeException _) {
            return null;
        }
    }

    /** An object whose own fields are read in the same way; its {@link #done()} may be left to that of the whole. */
    public @Nullable Fields object(String name) {
        var node = any(name);
        return node == null ? null : new Fields(node, at(name), violations);
    }

    /** An object taken as it is, whatever its fields. */
    public @Nullable ObjectNode objectNode(String name) {
        var node = any(name);
        return node == null || node instanceof ObjectNode ? (ObjectNode) node : wrong(name, "must be a JSON object");
    }

    /** Lines of text, {@code least} to {@code most} of them; null if left out, or if any is wrong. */
    public @Nullable List<String> lines(String name, int least, int most, int max) {
        return lines(name, least, most, max, _ -> null);
    }

    /** The same, of lines in which {@code fault} finds nothing wrong. */
    public @Nullable List<String> lines(
            String name, int least, int most, int max, Function<String, @Nullable String> fault) {
        var node = any(name);
        if (node == null) {
            return null;
        }
        if (!node.isArray() || node.size() < least || node.size() > most) {
            return wrong(name, "must be a list of %d to %d strings".formatted(least, most));
        }
        var lines = new ArrayList<String>();
        for (int i = 0; i < node.size(); i++) {
            var text = node.get(i).textValue();
            var wrong = text == null ? "must be a string" : Texts.lineFault(text, max);
            wrong = wrong == null && text != null ? fault.apply(text) : wrong;
            if (text == null || wrong != null) {
                violations.add(new Violation(at(name) + "/" + i, String.valueOf(wrong)));
            } else {
                lines.add(text);
            }
        }
        return lines.size() == node.size() ? lines : null;
    }

    /** One of the constants, written in lower case. */
    public <E extends Enum<E>> @Nullable E oneOf(String name, Class<E> type) {
        return oneOf(name, EnumSet.allOf(type), e -> e.name().toLowerCase(Locale.ROOT));
    }

    /** One of the given values, written as {@code code} says. */
    public <T> @Nullable T oneOf(String name, Collection<T> values, Function<T, String> code) {
        var text = string(name);
        if (text == null) {
            return null;
        }
        var found = values.stream().filter(v -> code.apply(v).equals(text)).findFirst();
        return found.isPresent()
                ? found.get()
                : wrong(name, "must be one of " + values.stream().map(code).collect(Collectors.joining(", ")));
    }

    /**
     * Says that a field must be there.
     *
     * @param value what a reader gave for it; returned, or an empty string if it was null
     */
    public String required(@Nullable String value, String name) {
        require(name);
        return value == null ? "" : value;
    }

    /** Says that a field must be there. */
    public void require(String name) {
        if (given && !has(name)) {
            wrong(name, "is required");
        }
    }

    /** Reports something else that is wrong with a field; always null, to be returned in its place. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // null is of every type
    public <T> @Nullable T wrong(String name, String detail) {
        violations.add(new Violation(at(name), detail));
        return null;
    }

    /** The JSON Pointer of a field. */
    public String at(String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    /** All that was wrong so far, in this object and what it shares its list with. */
    public List<Violation> violations() {
        return violations;
    }

    /** The names of the fields that no reader has asked for. */
    public List<String> unasked() {
        return object.properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> !asked.contains(name))
                .toList();
    }

    /** Reports every field that no reader asked for. */
    public void refuseUnknown() {
        var known = asked.isEmpty() ? "none" : String.join(", ", new TreeSet<>(asked));
        for (var name : unasked()) {
            wrong(name, "is not a field here; there are " + known);
        }
    }

    /** @throws Invalid if a field is unknown, or anything was wrong before */
    public void done() {
        refuseUnknown();
        Invalid.throwIfAny(violations);
    }
}
