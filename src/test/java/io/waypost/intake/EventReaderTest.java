package io.waypost.intake;

import static io.waypost.intake.Reading.ACME;
import static io.waypost.intake.Reading.ADMIN;
import static io.waypost.intake.Reading.JSON;
import static io.waypost.intake.Reading.NOW;
import static io.waypost.intake.Reading.READER;
import static io.waypost.intake.Reading.assertRefused;
import static io.waypost.intake.Reading.ce;
import static io.waypost.intake.Reading.read;
import static io.waypost.intake.Reading.violation;
import static io.waypost.intake.Reading.violations;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.event.NewEvent;
import io.waypost.platform.Json;
import io.waypost.platform.Refused.Reason;
import io.waypost.platform.Violation;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {

    @Test
    void anEventOfATypeAloneGetsDefaults() {
        assertThat(read(JSON, "{\"type\":\"order.created\"}"))
                .containsExactly(
                        new NewEvent("default", "order.created", "/", null, null, NOW, false, null, "null", false));
    }

    @Test
    void everyFieldIsKept() {
        assertThat(read(JSON, """
                        {"type":"a","data":{"n":1.10},"id":"42","source":"/shop","subject":"order 7",
                         "time":"2026-01-01T01:00:00+01:00","tenant":"acme","test":true}"""))
                .containsExactly(new NewEvent(
                        "acme",
                        "a",
                        "/shop",
                        "42",
                        "order 7",
                        Instant.parse("2026-01-01T00:00:00Z"),
                        true,
                        null,
                        "{\"n\":1.10}",
                        false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "\"text\"",
                "[1,2]",
                "20547678344812791",
                "1.10",
                "1E+5",
                "{\"a\\u0000b\":\"\\u0000\"}",
                "\"\\ud800\"",
                "\"\u00e4\uD83D\uDE00\""
            })
    void dataIsKeptToTheLetter(String data) {
        assertThat(read(JSON, "{\"type\":\"a\",\"data\":" + data + "}")
                        .getFirst()
                        .data())
                .isEqualTo(data);
    }

    @Test
    void theDigitsOfMailjetsMessageIdSurvive() throws IOException {
        try (var file = getClass().getResourceAsStream("/fixtures/mailjet.sent.json")) {
            var vendor = new String(file.readAllBytes(), UTF_8);
            var id = vendor.replaceAll("(?s).*\"MessageID\"\\s*:\\s*(\\d+).*", "$1");

            var event = read(JSON, "{\"type\":\"a\",\"data\":" + vendor + "}").getFirst();

            assertThat(event.data()).isEqualTo(vendor.strip());
            assertThat(Json.read(event.data())).isEqualTo(Json.read(vendor));
        }
        assertThat(read(JSON, "{\"type\":\"a\",\"data\":{\"MessageID\":20547678344812791}}")
                        .getFirst()
                        .data())
                .isEqualTo("{\"MessageID\":20547678344812791}");
    }

    @Test
    void anArrayKeepsItsOrderAndHoldsUpTo1000() {
        var array = IntStream.range(0, 1_000)
                .mapToObj(i -> "{\"type\":\"t" + i + "\"}")
                .collect(Collectors.joining(",", " [", "]"));

        assertThat(read(JSON, array)).extracting(NewEvent::type).hasSize(1_000).startsWith("t0", "t1");
        assertThat(READER.isArray(JSON, Map.of(), array.getBytes(UTF_8))).isTrue();
        assertThat(violations(JSON, array.replace("[", "[{\"type\":\"x\"},")))
                .satisfiesExactly(violation("", "1 to 1000"));
        assertThat(violations(JSON, "[]")).satisfiesExactly(violation("", "1 to 1000"));
    }

    @Test
    void allThatIsWrongWithAnArrayIsSaidAtOnce() {
        var array = """
                [{"type":"ok"},{"type":"a b","time":"now"},7,{"data":1},{"type":"x","typo":1,"tenant":"nobody"},
                 {"type":"x","specversion":"1.0"}]""";

        assertThat(violations(JSON, array))
                .extracting(Violation::pointer)
                .containsExactly("/1/type", "/1/time", "/2", "/3/type", "/4/tenant", "/4/typo", "/5/specversion");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                      | /type    | is required",
                "{\"type\":null}                         | /type    | is required",
                "{\"type\":7}                            | /type    | must be a string",
                "{\"type\":\"\"}                         | /type    | must not be empty",
                "{\"type\":\".a\"}                       | /type    | parted by dots",
                "{\"type\":\"a.\"}                       | /type    | parted by dots",
                "{\"type\":\"a..b\"}                     | /type    | parted by dots",
                "{\"type\":\"a.*\"}                      | /type    | parted by dots",
                "{\"type\":\"\u00e4\"}                   | /type    | parted by dots",
                "{\"type\":\"a\\n\"}                     | /type    | control characters",
                "{\"type\":\"a\",\"id\":7}               | /id      | must be a string",
                "{\"type\":\"a\",\"id\":\"\"}            | /id      | must not be empty",
                "{\"type\":\"a\",\"id\":\"\\u0000\"}     | /id      | NUL",
                "{\"type\":\"a\",\"source\":\"\\t\"}     | /source  | control characters",
                "{\"type\":\"a\",\"subject\":\"\\ud800\"}| /subject | surrogate",
                "{\"type\":\"a\",\"time\":\"2026-01-01\"}| /time    | with its zone",
                "{\"type\":\"a\",\"time\":1767225600}    | /time    | must be a string",
                "{\"type\":\"a\",\"test\":\"yes\"}       | /test    | true or false",
                "{\"type\":\"a\",\"tenant\":\"nobody\"}  | /tenant  | tenant there is",
                "{\"type\":\"a\",\"Data\":1}             | /Data    | not a field here",
                "{\"type\":\"a\",\"data_base64\":\"\"}   | /data_base64 | not a field here",
                "\"text\"                                | ''       | must be a JSON object",
            })
    void aBadEventIsNamedWithItsPlace(String body, String pointer, String detail) {
        assertThat(violations(JSON, body)).satisfiesExactly(violation(pointer, detail));
    }

    @Test
    void linesHaveAtMost1000CharactersAndTypes255() {
        var longest = "{\"type\":\"%s\",\"id\":\"%2$s\",\"source\":\"%2$s\",\"subject\":\"%2$s\"}";

        assertThat(read(JSON, longest.formatted("t".repeat(255), "x".repeat(1_000))))
                .hasSize(1);
        assertThat(violations(JSON, longest.formatted("t".repeat(256), "x".repeat(1_001))))
                .extracting(Violation::pointer)
                .containsExactly("/type", "/id", "/source", "/subject");
    }

    @Test
    void aTenantsKeyStandsForItsTenantAlone() {
        assertThat(READER.read(JSON, Map.of(), "{\"type\":\"a\"}".getBytes(UTF_8), ACME, NOW)
                        .getFirst()
                        .tenant())
                .isEqualTo("acme");
        assertThat(READER.read(JSON, Map.of(), "{\"type\":\"a\",\"tenant\":\"acme\"}".getBytes(UTF_8), ACME, NOW))
                .hasSize(1);
        assertRefused(
                Reason.NOT_ALLOWED,
                () -> READER.read(
                        JSON, Map.of(), "[{\"type\":\"a\",\"tenant\":\"other\"}]".getBytes(UTF_8), ACME, NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/xml", "garbage", "application/json; charset=iso-8859-1", ""})
    void anotherContentTypeIsUnsupported(String type) {
        assertRefused(Reason.UNSUPPORTED_TYPE, () -> read(type, "{\"type\":\"a\"}"));
        assertRefused(Reason.UNSUPPORTED_TYPE, () -> read(null, "{\"type\":\"a\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"type\":\"a\"} x", "{\"type\":\"a\",\"type\":\"b\"}"})
    void whatIsNoJsonIsMalformed(String body) {
        assertRefused(Reason.MALFORMED, () -> read(JSON, body));
    }

    @Test
    void anEventHasAtMostOneMebibyteAndARequestSixteen() {
        var frame = "{\"type\":\"a\",\"data\":\"%s\"}";
        var full = frame.formatted("x".repeat(1024 * 1024 - frame.length() + 2));
        var over = frame.formatted("x".repeat(1024 * 1024 - frame.length() + 3));

        assertThat(read(JSON, full)).hasSize(1);
        assertThat(read(JSON, "[" + full + "," + full + "]")).hasSize(2);
        assertRefused(Reason.TOO_LARGE, () -> read(JSON, over));
        assertRefused(Reason.TOO_LARGE, () -> read(JSON, "[" + full + "," + over + "]"));
        assertRefused(Reason.TOO_LARGE, () -> read(JSON, " ".repeat(16 * 1024 * 1024 + 1)));
        assertThat(READER.read("image/png", ce(Map.of()), new byte[1024 * 1024], ADMIN, NOW))
                .hasSize(1);
        assertRefused(
                Reason.TOO_LARGE, () -> READER.read("image/png", ce(Map.of()), new byte[1024 * 1024 + 1], ADMIN, NOW));
    }
}
