package io.waypost.subscription.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.subscription.filter.Filter.Branch;
import io.waypost.subscription.filter.ValueTest.Absent;
import io.waypost.subscription.filter.ValueTest.Between;
import io.waypost.subscription.filter.ValueTest.EqualsIgnoreCase;
import io.waypost.subscription.filter.ValueTest.In;
import io.waypost.subscription.filter.ValueTest.InNetwork;
import io.waypost.subscription.filter.ValueTest.Not;
import io.waypost.subscription.filter.ValueTest.Prefix;
import io.waypost.subscription.filter.ValueTest.Present;
import io.waypost.subscription.filter.ValueTest.Suffix;
import io.waypost.subscription.filter.ValueTest.Wildcard;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/** Reads event patterns, and says of a bad one what is wrong where. Each {@code $or} is written out as alternatives. */
final class FilterReader {

    static final String OR = "$or";

    /** The most characters of a pattern. */
    static final int MAX_LENGTH = 64 * 1024;

    /** The most alternatives that the {@code $or} of a pattern make together. */
    static final int MAX_ALTERNATIVES = 256;

    /** The most fields of all alternatives together. */
    static final int MAX_FIELDS = 2_048;

    /** The most levels of a field, each name and each dot within one counted. */
    static final int MAX_DEPTH = 100;

    /** The most tests that are no plain values, of all fields together. */
    static final int MAX_OPERATORS = 256;

    /** The most stars in a wildcard. */
    static final int MAX_STARS = 16;

    /** The most characters of a wildcard. */
    static final int MAX_WILDCARD = 256;

    private static final String EXISTS = "exists";
    private static final String IGNORE_CASE = "equals-ignore-case";
    private static final String PREFIX = "prefix";
    private static final String SUFFIX = "suffix";
    private static final String WILDCARD = "wildcard";
    private static final String ANYTHING_BUT = "anything-but";
    private static final String NUMERIC = "numeric";
    private static final String CIDR = "cidr";
    private static final String EXACTLY = "exactly";

    private static final Set<String> OPERATORS = Set.of(
            EXISTS,
            IGNORE_CASE,
            PREFIX,
            SUFFIX,
            WILDCARD,
            ANYTHING_BUT,
            NUMERIC,
            CIDR,
            EXACTLY,
            "=",
            "<",
            "<=",
            ">",
            ">=");

    private final boolean bounded;
    private int operators;

    private FilterReader(boolean bounded) {
        this.bounded = bounded;
    }

    /**
     * @param bounded whether the bounds above are kept; the number of alternatives and fields is bounded always
     * @throws IllegalArgumentException says what is wrong
     */
    static Filter read(JsonNode pattern, boolean bounded) {
        if (!(pattern instanceof ObjectNode object) || pattern.isEmpty()) {
            throw new IllegalArgumentException(
                    "must be an EventBridge event pattern: an object with at least one field");
        }
        if (bounded && Json.write(pattern).length() > MAX_LENGTH) {
            throw new IllegalArgumentException("must be at most %,d characters long".formatted(MAX_LENGTH));
        }
        return new FilterReader(bounded).filter(object);
    }

    private Filter filter(ObjectNode pattern) {
        // Counted before one is made, since each $or multiplies them.
        var size = size(pattern);
        if (size.alternatives > MAX_ALTERNATIVES || size.fields > MAX_FIELDS) {
            throw new IllegalArgumentException(
                    "must have $or that make at most %,d alternatives with at most %,d fields together, not %,d and %,d"
                            .formatted(MAX_ALTERNATIVES, MAX_FIELDS, size.alternatives, size.fields));
        }
        var alternatives = List.of(new Fields());
        alternatives = object(pattern, List.of(), alternatives, false);
        return new Filter(alternatives.stream().map(Fields::branch).toList());
    }

    /** How many alternatives a pattern makes, and how many fields they have together. */
    private record Size(long alternatives, long fields) {

        /** Far more than is taken, and no product of two of them is too large for a long. */
        private static final long LARGE = 1_000_000_000L;

        Size and(Size other) {
            return of(alternatives * other.alternatives, fields * other.alternatives + other.fields * alternatives);
        }

        Size or(Size other) {
            return of(alternatives + other.alternatives, fields + other.fields);
        }

        private static Size of(long alternatives, long fields) {
            return new Size(Math.min(alternatives, LARGE), Math.min(fields, LARGE));
        }
    }

    private static Size size(JsonNode pattern) {
        var size = new Size(1, 0);
        for (var field : pattern.properties()) {
            var value = field.getValue();
            if (field.getKey().equals(OR) && value.isArray()) {
                var any = new Size(0, 0);
                for (var alternative : value) {
                    any = any.or(size(alternative));
                }
                size = size.and(any);
            } else if (value.isObject()) {
                size = size.and(size(value));
            } else {
                size = size.and(asksForNothingOrSomething(value) ? new Size(2, 2) : new Size(1, 1));
            }
        }
        return size;
    }

    /** {@code [{"exists": false}, "a"]} is two alternatives. */
    private static boolean asksForNothingOrSomething(JsonNode tests) {
        var absent = StreamSupport.stream(tests.spliterator(), false)
                .filter(FilterReader::isAbsent)
                .count();
        return absent > 0 && absent < tests.size();
    }

    private static boolean isAbsent(JsonNode test) {
        return test.isObject()
                && test.path(EXISTS).isBoolean()
                && !test.path(EXISTS).booleanValue();
    }

    /** The fields of one alternative, by their paths. */
    private record Fields(Map<List<String>, List<ValueTest>> tests) {

        Fields() {
            this(Map.of());
        }

        Fields with(List<String> path, List<ValueTest> test) {
            if (tests.containsKey(path)) {
                throw wrong(path, "is asked for twice");
            }
            var more = new HashMap<>(tests);
            more.put(path, test);
            return new Fields(more);
        }

        Branch branch() {
            var root = new Growing();
            tests.forEach((path, test) -> {
                var at = root;
                for (var name : path) {
                    at = at.below.computeIfAbsent(name, _ -> new Growing());
                }
                at.tests = test;
            });
            return root.branch();
        }
    }

    private static final class Growing {

        private final Map<String, Growing> below = new TreeMap<>();
        private List<ValueTest> tests = List.of();

        Branch branch() {
            var branches = below.values().stream().map(Growing::branch).toArray(Branch[]::new);
            var absent = tests.stream().allMatch(Absent.class::isInstance)
                    && Arrays.stream(branches).allMatch(Branch::absent);
            // The names come again and again in thousands of filters.
            var names = below.keySet().stream().map(String::intern).toArray(String[]::new);
            return new Branch(tests.isEmpty() ? null : tests.toArray(ValueTest[]::new), names, branches, absent);
        }
    }

    private List<Fields> object(ObjectNode pattern, List<String> path, List<Fields> all, boolean inOr) {
        if (pattern.isEmpty()) {
            throw wrong(path, "must have at least one field");
        }
        var made = all;
        for (var field : pattern.properties()) {
            var name = field.getKey();
            if (name.equals(OR)) {
                made = or(field.getValue(), path, made);
                continue;
            }
            var deeper = deeper(path, name);
            if (inOr && OPERATORS.contains(name)) {
                throw wrong(
                        deeper,
                        "is the name of an operator, which stands in a list of values: {\"field\": [{\"%s\": …}]}"
                                .formatted(name));
            }
            made = switch (field.getValue()) {
                case ObjectNode object -> object(object, deeper, made, inOr);
                case ArrayNode tests -> leaf(tests, deeper, made);
                default -> throw wrong(deeper, "must be an object, or a list of the values that it may have");
            };
        }
        return made;
    }

    private List<String> deeper(List<String> path, String name) {
        var deeper = new ArrayList<>(path);
        deeper.addAll(List.of(name.split("\\.", -1)));
        if (bounded && deeper.size() > MAX_DEPTH) {
            throw new IllegalArgumentException("must be at most %d levels deep".formatted(MAX_DEPTH));
        }
        return List.copyOf(deeper);
    }

    private List<Fields> or(JsonNode alternatives, List<String> path, List<Fields> all) {
        var here = new ArrayList<>(path);
        here.add(OR);
        if (!alternatives.isArray() || alternatives.size() < 2) {
            throw wrong(here, "must be a list of at least two objects");
        }
        var made = new ArrayList<Fields>();
        for (var alternative : alternatives) {
            if (!(alternative instanceof ObjectNode object)) {
                throw wrong(here, "must be a list of objects");
            }
            made.addAll(object(object, path, all, true));
        }
        return made;
    }

    private List<Fields> leaf(ArrayNode values, List<String> path, List<Fields> all) {
        if (values.isEmpty()) {
            throw wrong(path, "must have at least one value that it may have");
        }
        var wanted = new HashSet<Object>();
        var tests = new ArrayList<ValueTest>();
        var absent = false;
        for (var value : values) {
            if (isAbsent(value) && value.size() == 1) {
                absent = true;
            } else {
                switch (value(value, path)) {
                    case In in -> wanted.addAll(in.values());
                    case ValueTest other -> tests.add(other);
                }
            }
        }
        if (!wanted.isEmpty()) {
            tests.add(new In(Set.copyOf(wanted)));
        }
        var made = new ArrayList<Fields>();
        for (var fields : all) {
            if (absent) {
                made.add(fields.with(path, List.of(new Absent())));
            }
            if (!tests.isEmpty()) {
                made.add(fields.with(path, List.copyOf(tests)));
            }
        }
        return made;
    }

    private ValueTest value(JsonNode value, List<String> path) {
        return switch (value.getNodeType()) {
            case OBJECT -> operator(value, path);
            case ARRAY -> throw wrong(path, "must be a list of values, not of lists");
            case STRING -> text(value.textValue());
            default -> new In(Set.of(Scalars.key(value)));
        };
    }

    /** An address is written in more than one way, and each of them is meant. */
    private static ValueTest text(String text) {
        var address = Network.ofOne(text);
        return address == null ? new In(Set.of(text)) : new InNetwork(address);
    }

    private ValueTest operator(JsonNode test, List<String> path) {
        if (test.size() != 1) {
            throw wrong(path, "must have one operator in each object");
        }
        operators++;
        if (bounded && operators > MAX_OPERATORS) {
            throw new IllegalArgumentException("must have at most %d operators".formatted(MAX_OPERATORS));
        }
        var only = test.properties().iterator().next();
        var name = only.getKey();
        var operand = only.getValue();
        try {
            return switch (name) {
                case EXISTS -> {
                    if (!operand.isBoolean()) {
                        throw new IllegalArgumentException("exists must be true or false");
                    }
                    yield new Present();
                }
                case EXACTLY -> new In(Set.of(string(name, operand)));
                case PREFIX ->
                    operand.isObject()
                            ? new Prefix(ignoringCase(name, operand), true)
                            : new Prefix(string(name, operand), false);
                case SUFFIX ->
                    operand.isObject()
                            ? new Suffix(ignoringCase(name, operand), true)
                            : new Suffix(string(name, operand), false);
                case IGNORE_CASE -> new EqualsIgnoreCase(string(name, operand));
                case WILDCARD -> wildcard(string(name, operand));
                case NUMERIC -> numeric(operand);
                case CIDR -> new InNetwork(Network.of(string(name, operand)));
                case ANYTHING_BUT -> new Not(anythingBut(operand));
                default ->
                    throw new IllegalArgumentException(
                            "has no operator named %s; there are anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix and wildcard"
                                    .formatted(name));
            };
        } catch (IllegalArgumentException e) {
            throw wrong(path, String.valueOf(e.getMessage()));
        }
    }

    private static String string(String operator, JsonNode operand) {
        if (!operand.isTextual()) {
            throw new IllegalArgumentException(operator + " must be a string");
        }
        return operand.textValue();
    }

    private static String ignoringCase(String operator, JsonNode operand) {
        if (operand.size() != 1 || !operand.path(IGNORE_CASE).isTextual()) {
            throw new IllegalArgumentException(
                    "%s must be a string, or {\"equals-ignore-case\": a string}".formatted(operator));
        }
        return operand.path(IGNORE_CASE).textValue();
    }

    private Wildcard wildcard(String text) {
        if (bounded && text.length() > MAX_WILDCARD) {
            throw new IllegalArgumentException("wildcard must be at most %d characters long".formatted(MAX_WILDCARD));
        }
        var parts = new ArrayList<String>();
        var part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '*') {
                if (part.isEmpty() && !parts.isEmpty()) {
                    throw new IllegalArgumentException("wildcard must not have a star next to a star");
                }
                parts.add(part.toString());
                part.setLength(0);
            } else if (c == '\\') {
                i++;
                if (i == text.length() || (text.charAt(i) != '*' && text.charAt(i) != '\\')) {
                    throw new IllegalArgumentException("wildcard must have a star or a backslash after a backslash");
                }
                part.append(text.charAt(i));
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString());
        if (bounded && parts.size() > MAX_STARS + 1) {
            throw new IllegalArgumentException("wildcard must have at most %d stars".formatted(MAX_STARS));
        }
        return new Wildcard(List.copyOf(parts));
    }

    private List<ValueTest> anythingBut(JsonNode operand) {
        if (operand.isObject()) {
            if (operand.size() != 1) {
                throw new IllegalArgumentException("anything-but must have one operator in its object");
            }
            var only = operand.properties().iterator().next();
            var name = only.getKey();
            Function<String, ValueTest> test =
                    switch (name) {
                        case IGNORE_CASE -> EqualsIgnoreCase::new;
                        case PREFIX -> prefix -> new Prefix(notEmpty(name, prefix), false);
                        case SUFFIX -> suffix -> new Suffix(notEmpty(name, suffix), false);
                        case WILDCARD -> this::wildcard;
                        default ->
                            throw new IllegalArgumentException(
                                    "anything-but may have equals-ignore-case, prefix, suffix or wildcard, not "
                                            + name);
                    };
            var values = list(only.getValue());
            operators += values.size();
            if (bounded && operators > MAX_OPERATORS) {
                throw new IllegalArgumentException("must have at most %d operators".formatted(MAX_OPERATORS));
            }
            return values.stream().map(value -> test.apply(string(name, value))).toList();
        }
        var values = list(operand);
        var ofOneKind =
                values.stream().allMatch(JsonNode::isTextual) || values.stream().allMatch(JsonNode::isNumber);
        if (!ofOneKind) {
            throw new IllegalArgumentException("anything-but must have strings, or numbers, not both and nothing else");
        }
        var keys = new HashSet<Object>();
        values.forEach(value -> keys.add(Scalars.key(value)));
        return List.of(new In(Set.copyOf(keys)));
    }

    private static List<JsonNode> list(JsonNode operand) {
        var all = operand instanceof ArrayNode array
                ? StreamSupport.stream(array.spliterator(), false).toList()
                : List.of(operand);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("anything-but must have at least one value");
        }
        return all;
    }

    private static String notEmpty(String operator, String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("anything-but must not have an empty " + operator);
        }
        return text;
    }

    private static ValueTest numeric(JsonNode operand) {
        var help = "numeric must be a list such as [\"=\", 5], [\"<\", 5] or [\">=\", 1, \"<\", 5]";
        var terms = operand.size();
        if (!operand.isArray() || (terms != 2 && terms != 4)) {
            throw new IllegalArgumentException(help);
        }
        for (int i = 0; i < terms; i++) {
            if (i % 2 == 0 ? !operand.path(i).isTextual() : !operand.path(i).isNumber()) {
                throw new IllegalArgumentException(help);
            }
        }
        var first = operand.path(0).textValue();
        var number = operand.path(1).decimalValue();
        if (terms == 4) {
            var second = operand.path(2).textValue();
            if (!(first.equals(">") || first.equals(">=")) || !(second.equals("<") || second.equals("<="))) {
                throw new IllegalArgumentException(help);
            }
            return range(number, first.equals(">"), operand.path(3).decimalValue(), second.equals("<"));
        }
        return switch (first) {
            case "=" -> new In(Set.of(Scalars.key(operand.path(1))));
            case ">", ">=" -> new Between(number, first.equals(">"), null, false);
            case "<", "<=" -> new Between(null, false, number, first.equals("<"));
            default -> throw new IllegalArgumentException(help);
        };
    }

    private static ValueTest range(BigDecimal bottom, boolean openBottom, BigDecimal top, boolean openTop) {
        if (bottom.compareTo(top) >= 0) {
            throw new IllegalArgumentException("numeric must have its lower bound below its upper one");
        }
        return new Between(bottom, openBottom, top, openTop);
    }

    private static IllegalArgumentException wrong(List<String> path, String what) {
        return new IllegalArgumentException(
                "is no EventBridge event pattern: %s %s".formatted(String.join(".", path), what));
    }
}
