package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.Json;
import io.waypost.testing.Delays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What would cost without end once it is stored is refused when it is to be stored, at once, with the bound. */
class HostileDefinitionsContractTest extends Contract {

    private static final String NESTED_EMPTY = "(?:(?:){2000000000}){2000000000}x";

    @ParameterizedTest
    @ValueSource(
            strings = {
                NESTED_EMPTY,
                "(?:(?:a{1000}){1000}){1000}",
                "(a)\\1",
                "(?=a)b",
            })
    void aRegularExpressionThatIsNotLinearIsRefusedWhereverItStands(String regex) {
        for (var field : List.of("condition", "transform")) {
            var body = Json.object().put("event", "a").put("url", "http://127.0.0.1:1/");
            body.put(field, "$contains(\"a\", /%s/)".formatted(regex));
            refused("POST", "/v1/subscriptions", Json.write(body), "/" + field);
        }
        var schema = Json.object();
        schema.putObject("schema").put("type", "string").put("pattern", regex);
        refused("PUT", "/v1/event-types/own.hostile", Json.write(schema), "/schema/pattern");
    }

    @Test
    void aFilterThatMultipliesItselfIsRefused() {
        var ors = IntStream.range(0, 20)
                .mapToObj(n -> "\"f%1$d\":{\"$or\":[{\"a\":[1]},{\"b\":[1]}]}".formatted(n))
                .collect(Collectors.joining(",", "{", "}"));
        refused("POST", "/v1/subscriptions", withFilter(ors), "/filter");
        refused(
                "POST",
                "/v1/subscriptions",
                withFilter("{\"a\":[{\"wildcard\":\"%s\"}]}".formatted("a*".repeat(1_000))),
                "/filter");
        refused("POST", "/v1/subscriptions", withFilter("{\"%s\":[1]}".formatted("a.".repeat(1_000) + "a")), "/filter");
    }

    private static String withFilter(String filter) {
        return "{\"event\":\"a\",\"url\":\"http://127.0.0.1:1/\",\"filter\":%s}".formatted(filter);
    }

    private void refused(String method, String path, String body, String pointer) {
        var begun = System.nanoTime();
        var answer = api.send(method, path, body).expect(422);
        assertThat(answer.json().at("/errors/0/pointer").textValue()).isEqualTo(pointer);
        assertThat(System.nanoTime() - begun).isLessThan(Delays.PAUSE.toNanos());
    }
}
