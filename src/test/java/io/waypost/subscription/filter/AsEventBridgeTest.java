package io.waypost.subscription.filter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

/** Filters compared with AWS's own implementation of event patterns: whatever it takes and matches, we do too. */
class AsEventBridgeTest {

    private static final int TRIES = 6_000;

    private static final List<String> NAMES = List.of("a", "b", "a", "b", "a.b");
    private static final List<String> VALUES = List.of(
            "1",
            "2",
            "1.0",
            "-3.5",
            "1e3",
            "true",
            "false",
            "null",
            "\"a\"",
            "\"ab\"",
            "\"AB\"",
            "\"abc\"",
            "\"\"",
            "\"1\"",
            "\"10.0.0.1\"",
            "\"10.0.1.1\"",
            "\"::1\"",
            "\"0:0:0:0:0:0:0:1\"",
            "\"a*c\"",
            "\"a\\\\c\"",
            "\"ß\"",
            "\"true\"");
    private static final List<String> OPERATORS = List.of(
            "{\"prefix\":\"a\"}",
            "{\"prefix\":\"\"}",
            "{\"prefix\":{\"equals-ignore-case\":\"A\"}}",
            "{\"suffix\":\"b\"}",
            "{\"suffix\":{\"equals-ignore-case\":\"B\"}}",
            "{\"equals-ignore-case\":\"Ab\"}",
            "{\"wildcard\":\"a*c\"}",
            "{\"wildcard\":\"*b*\"}",
            "{\"wildcard\":\"a\\\\*c\"}",
            "{\"wildcard\":\"*\"}",
            "{\"wildcard\":\"ab\"}",
            "{\"anything-but\":\"a\"}",
            "{\"anything-but\":[\"a\",\"ab\"]}",
            "{\"anything-but\":1}",
            "{\"anything-but\":[1,2]}",
            "{\"anything-but\":{\"prefix\":\"a\"}}",
            "{\"anything-but\":{\"suffix\":[\"b\",\"c\"]}}",
            "{\"anything-but\":{\"equals-ignore-case\":\"AB\"}}",
            "{\"anything-but\":{\"wildcard\":\"a*c\"}}",
            "{\"numeric\":[\">\",1]}",
            "{\"numeric\":[\">=\",1,\"<\",1000]}",
            "{\"numeric\":[\"=\",1]}",
            "{\"numeric\":[\"<=\",-3.5]}",
            "{\"cidr\":\"10.0.0.0/24\"}",
            "{\"cidr\":\"::/64\"}",
            "{\"exists\":true}");

    private final Random random = new Random(42);

    @Test
    void whatItMatchesWeMatch() throws Exception {
        var matched = 0;
        var differences = new ArrayList<String>();
        for (int i = 0; i < TRIES; i++) {
            var pattern = pattern(2, false);
            var event = object(3);
            var text = Json.write(pattern);

            if (JsonRuleCompiler.check(text, false) == null
                    && !asksForAValueAndBelowIt(pattern, List.of(), new HashSet<>())) {
                var machine = new Machine();
                machine.addRule("one", text);
                var expected = !machine.rulesForJSONEvent(event).isEmpty();
                matched += expected ? 1 : 0;
                var ours = Filter.of(pattern).matches(Filter.comparable(event), new Effort(1_000));
                if (ours != expected) {
                    differences.add("%s on %s: theirs %s".formatted(pattern, event, expected));
                }
            }
        }
        assertThat(differences).isEmpty();
        assertThat(matched).isGreaterThan(TRIES / 20);
    }

    /** Where a field and one below it are asked for, the two differ in what an array in an array means. */
    private static boolean asksForAValueAndBelowIt(JsonNode pattern, List<String> path, Set<List<String>> asked) {
        for (var field : pattern.properties()) {
            var here = new ArrayList<>(path);
            if (field.getKey().equals("$or")) {
                for (var alternative : field.getValue()) {
                    asksForAValueAndBelowIt(alternative, path, asked);
                }
            } else {
                here.addAll(List.of(field.getKey().split("\\.")));
                if (field.getValue().isArray()) {
                    asked.add(here);
                } else {
                    asksForAValueAndBelowIt(field.getValue(), here, asked);
                }
            }
        }
        return asked.stream().anyMatch(one -> asked.stream()
                .anyMatch(other -> other.size() > one.size()
                        && other.subList(0, one.size()).equals(one)));
    }

    private ObjectNode pattern(int depth, boolean inOr) {
        var pattern = Json.object();
        var fields = 1 + random.nextInt(2);
        for (int i = 0; i < fields; i++) {
            if (depth > 0 && random.nextInt(6) == 0) {
                var or = Json.MAPPER.createArrayNode();
                or.add(pattern(depth - 1, true)).add(pattern(depth - 1, true));
                pattern.set("$or", or);
            } else if (depth > 0 && random.nextInt(3) == 0) {
                pattern.set(one(NAMES), pattern(depth - 1, inOr));
            } else {
                pattern.set(one(NAMES), tests());
            }
        }
        return pattern;
    }

    private ArrayNode tests() {
        var tests = Json.MAPPER.createArrayNode();
        var count = 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            tests.add(Json.read(random.nextBoolean() ? one(VALUES) : one(OPERATORS)));
        }
        return tests;
    }

    private ObjectNode object(int depth) {
        var object = Json.object();
        var fields = 1 + random.nextInt(3);
        for (int i = 0; i < fields; i++) {
            object.set(one(NAMES), value(depth - 1));
        }
        return object;
    }

    private JsonNode value(int depth) {
        var kind = depth == 0 ? 0 : random.nextInt(4);
        if (kind == 1) {
            return object(depth);
        }
        if (kind == 2) {
            var array = Json.MAPPER.createArrayNode();
            var elements = random.nextInt(4);
            for (int i = 0; i < elements; i++) {
                array.add(value(depth - 1));
            }
            return array;
        }
        return Json.read(one(VALUES));
    }

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }
}
