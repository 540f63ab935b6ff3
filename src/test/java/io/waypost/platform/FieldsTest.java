package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FieldsTest {

    private enum Colour {
        RED,
        BLUE
    }

    @Test
    void whatIsRightIsRead() {
        var fields = fields("""
                {"name":"Ana","note":"a\\nb","on":true,"n":5.0,"rate":0.5,"wait":"PT24H","at":"2026-01-31T10:30:00.1234567+01:00",
                 "list":["a","b"],"colour":"blue","inner":{"x":1},"raw":{"y":2},"left":null}""");

        assertThat(fields.line("name", 3)).isEqualTo("Ana");
        assertThat(fields.text("note", 10)).isEqualTo("a\nb");
        assertThat(fields.bool("on", false)).isTrue();
        assertThat(fields.integer("n", 1, 5)).isEqualTo(5);
        assertThat(fields.number("rate", 0, 1)).isEqualTo(0.5);
        assertThat(fields.duration("wait", Duration.ZERO, Duration.ofDays(1))).isEqualTo(Duration.ofDays(1));
        assertThat(fields.instant("at")).isEqualTo(Instant.parse("2026-01-31T09:30:00.123456Z"));
        assertThat(fields.lines("list", 1, 2, 1)).containsExactly("a", "b");
        assertThat(fields.oneOf("colour", Colour.class)).isEqualTo(Colour.BLUE);
        var inner = fields.object("inner");
        assertThat(inner.integer("x", 0, 9, 7)).isEqualTo(1);
        assertThat(fields.objectNode("raw").get("y").intValue()).isEqualTo(2);
        assertThat(fields.line("left", 1)).isNull();
        assertThat(fields.integer("absent", 0, 9, 7)).isEqualTo(7);
        inner.done();
        fields.done();
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                bad("{\"f\":1}", f -> f.line("f", 9), "must be a string"),
                bad("{\"f\":\"\"}", f -> f.line("f", 9), "must not be empty"),
                bad("{\"f\":\"1234\"}", f -> f.line("f", 3), "must have at most 3 characters"),
                bad("{\"f\":\"a\\nb\"}", f -> f.line("f", 9), "must not hold control characters"),
                bad("{\"f\":\"a\\u0000b\"}", f -> f.text("f", 9), "must not hold NUL or half a surrogate pair"),
                bad("{\"f\":\"a\\ud800b\"}", f -> f.text("f", 9), "must not hold NUL or half a surrogate pair"),
                bad("{\"f\":\"true\"}", f -> f.bool("f"), "must be true or false"),
                bad("{\"f\":1.5}", f -> f.integer("f", 1, 5), "must be a whole number from 1 to 5"),
                bad("{\"f\":6}", f -> f.integer("f", 1, 5), "must be a whole number from 1 to 5"),
                bad("{\"f\":1e400}", f -> f.integer("f", 1, 5), "must be a whole number from 1 to 5"),
                bad("{\"f\":\"1\"}", f -> f.number("f", 1, 5), "must be a number from 1.0 to 5.0"),
                bad("{\"f\":\"soon\"}", FieldsTest::wait, "must be a duration such as 250ms, 5s, 10m, 2h, 5d or PT5S"),
                bad("{\"f\":\"2d\"}", FieldsTest::wait, "must be a duration from 1s to 1d"),
                bad("{\"f\":\"2026-01-31T09:30:00\"}", f -> f.instant("f"), zone()),
                bad("{\"f\":\"2026-02-30T09:30:00Z\"}", f -> f.instant("f"), zone()),
                bad("{\"f\":\"+12026-01-31T09:30:00Z\"}", f -> f.instant("f"), zone()),
                bad("{\"f\":[]}", f -> f.objectNode("f"), "must be a JSON object"),
                bad("{\"f\":[]}", f -> f.object("f"), "must be a JSON object"),
                bad("{\"f\":[]}", f -> f.lines("f", 1, 2, 9), "must be a list of 1 to 2 strings"),
                bad("{\"f\":\"green\"}", f -> f.oneOf("f", Colour.class), "must be one of red, blue"),
                bad("{}", f -> f.required(f.line("f", 9), "f"), "is required"),
                bad("{\"f\":1}", f -> f.any("g"), "is not a field here; there are g"),
                bad("{\"f\":1}", _ -> {}, "is not a field here; there are none"));
    }

    private static Arguments bad(String json, Consumer<Fields> read, String detail) {
        return Arguments.of(json, read, detail);
    }

    private static void wait(Fields fields) {
        fields.duration("f", Duration.ofSeconds(1), Duration.ofDays(1));
    }

    private static String zone() {
        return "must be a time with its zone, like 2026-01-31T09:30:00Z";
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatIsWrongIsNamedWithItsPlace(String json, Consumer<Fields> read, String detail) {
        var fields = fields(json);

        read.accept(fields);

        assertThatThrownBy(fields::done).isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                .containsExactly(new Violation("/f", detail)));
    }

    @Test
    void everythingWrongComesAtOnceAndPointersAreEscaped() {
        var fields = fields("{\"a\":{\"x/y~z\":1},\"list\":[\"ok\",2,\"\"],\"typo\":0}");

        fields.object("a").refuseUnknown();
        fields.lines("list", 0, 9, 9);
        fields.require("gone");

        assertThatThrownBy(fields::done).isInstanceOfSatisfying(Invalid.class, e -> assertThat(
                        e.violations().stream().map(Violation::pointer))
                .containsExactly("/a/x~1y~0z", "/list/1", "/list/2", "/gone", "/typo"));
    }

    @Test
    void whatIsNoObjectIsOneViolation() {
        assertThat(fields("[1]").violations()).isEqualTo(List.of(new Violation("", "must be a JSON object")));
    }

    private static Fields fields(String json) {
        return Fields.of(Json.read(json.getBytes(StandardCharsets.UTF_8)));
    }
}
