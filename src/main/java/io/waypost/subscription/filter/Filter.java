package io.waypost.subscription.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.subscription.filter.Effort.Overspent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An Amazon EventBridge event pattern, ready to be compared with events. What comparing costs grows with the pattern times
 * the event, never faster: alternatives are bounded, and fields below different arrays are looked at one after the other.
 * Fields below one array must match in one of its elements.
 *
 * @see <a href="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html">EventBridge</a>
 */
public final class Filter {

    private static final int MAX_SHOWN = 100;

    private final List<Branch> alternatives;

    Filter(List<Branch> alternatives) {
        this.alternatives = alternatives;
    }

    /**
     * Reads a pattern that is new.
     *
     * @throws IllegalArgumentException if it is none, or one past what {@link FilterReader} bounds; the message says what to
     *     do, in words for its author
     */
    public static Filter of(JsonNode pattern) {
        return FilterReader.read(pattern, true);
    }

    /**
     * Reads a pattern that was taken once, perhaps before a bound was set.
     *
     * @throws IllegalArgumentException if it cannot be read
     */
    public static Filter stored(String pattern) {
        return FilterReader.read(Json.read(pattern), false);
    }

    /** An event as {@link #matches} wants it; made once and compared with many filters. */
    public static JsonNode comparable(ObjectNode event) {
        return Dotted.spread(event);
    }

    /**
     * Whether the event matches.
     *
     * @param event {@linkplain #comparable made for it}
     * @throws Overspent if it would take more effort to say
     */
    public boolean matches(JsonNode event, Effort effort) {
        for (var alternative : alternatives) {
            if (alternative.holds(event, effort)) {
                return true;
            }
        }
        return false;
    }

    /**
     * For each alternative the fields of which it asks for one of some values: no event matches that has none of them there.
     * An alternative without such a field has an empty list.
     */
    public List<List<Lookup>> lookups() {
        return alternatives.stream()
                .map(alternative -> {
                    var found = new ArrayList<Lookup>();
                    alternative.lookups(List.of(), found);
                    return List.copyOf(found);
                })
                .toList();
    }

    /**
     * A field with the values that it may have.
     *
     * @param path from the root of the event
     * @param values {@linkplain Scalars#key keys} of values
     */
    public record Lookup(List<String> path, Set<Object> values) {}

    /**
     * The fields of the pattern that the event does not match, each with what the event has there.
     *
     * @throws Overspent if it would take more effort to say
     */
    public static List<String> mismatches(String filter, JsonNode event, Effort effort) {
        var mismatches = new ArrayList<String>();
        mismatches((ObjectNode) Json.read(filter), List.of(), event, effort, mismatches);
        return mismatches;
    }

    private static void mismatches(
            ObjectNode pattern, List<String> path, JsonNode event, Effort effort, List<String> found) {
        pattern.properties().forEach(field -> {
            var here = new ArrayList<>(path);
            here.add(field.getKey());
            if (field.getValue() instanceof ObjectNode deeper) {
                mismatches(deeper, here, event, effort, found);
            } else if (!FilterReader.read(nested(here, field.getValue()), false).matches(event, effort)) {
                found.add(mismatch(here, (ArrayNode) field.getValue(), event));
            }
        });
    }

    private static JsonNode nested(List<String> path, JsonNode leaf) {
        var rule = leaf;
        for (var name : path.reversed()) {
            rule = Json.object().set(name, rule);
        }
        return rule;
    }

    private static String mismatch(List<String> path, ArrayNode wanted, JsonNode event) {
        if (path.getLast().equals(FilterReader.OR)) {
            return "none of the alternatives in $or holds";
        }
        var actual = event;
        for (var name : path) {
            for (var part : name.split("\\.", -1)) {
                actual = actual.path(part);
            }
        }
        var has = actual.isMissingNode() ? "missing" : cut(Json.write(actual));
        return "%s is %s, wanted is %s".formatted(String.join(".", path), has, cut(Json.write(wanted)));
    }

    private static String cut(String text) {
        return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    }

    /**
     * What is asked of one place in an event, and of the places below it.
     *
     * @param tests one of which the value must pass; null if the value itself does not matter
     * @param absent whether all that is asked is that something is not there
     */
    record Branch(ValueTest @Nullable [] tests, String[] names, Branch[] below, boolean absent) {

        boolean holds(JsonNode value, Effort effort) {
            return valueHolds(value, effort) && belowHolds(value, effort);
        }

        /** A value below an array is as good as the value itself, in whichever element it is. */
        private boolean valueHolds(JsonNode value, Effort effort) {
            if (tests == null) {
                return true;
            }
            if (tests.length == 1 && tests[0] instanceof ValueTest.Absent) {
                return !hasScalar(value, effort);
            }
            return passes(tests, value, effort);
        }

        private static boolean passes(ValueTest[] tests, JsonNode value, Effort effort) {
            effort.spend(1);
            if (value instanceof ArrayNode array) {
                for (var element : array) {
                    if (passes(tests, element, effort)) {
                        return true;
                    }
                }
                return false;
            }
            if (value.isObject()) {
                return false;
            }
            effort.spend(tests.length - 1L);
            for (var test : tests) {
                if (test.passes(value, effort)) {
                    return true;
                }
            }
            return false;
        }

        private static boolean hasScalar(JsonNode value, Effort effort) {
            effort.spend(1);
            if (value instanceof ArrayNode array) {
                for (var element : array) {
                    if (hasScalar(element, effort)) {
                        return true;
                    }
                }
                return false;
            }
            return !value.isObject();
        }

        private boolean belowHolds(JsonNode value, Effort effort) {
            if (names.length == 0) {
                return true;
            }
            effort.spend(1);
            if (value instanceof ArrayNode array) {
                // What must be there is to be in one element; what must not be there, in none.
                var all = onlyAbsentBelow();
                for (var element : array) {
                    if (belowHolds(element, effort) != all) {
                        return !all;
                    }
                }
                return all;
            }
            for (int i = 0; i < names.length; i++) {
                var there = value.get(names[i]);
                if (there == null ? !below[i].absent : !below[i].holds(there, effort)) {
                    return false;
                }
            }
            return true;
        }

        private boolean onlyAbsentBelow() {
            for (var branch : below) {
                if (!branch.absent) {
                    return false;
                }
            }
            return true;
        }

        private void lookups(List<String> path, List<Lookup> found) {
            if (tests != null && tests.length == 1 && tests[0] instanceof ValueTest.In in) {
                found.add(new Lookup(path, in.values()));
            }
            for (int i = 0; i < names.length; i++) {
                var deeper = new ArrayList<>(path);
                deeper.add(names[i]);
                below[i].lookups(List.copyOf(deeper), found);
            }
        }
    }
}
