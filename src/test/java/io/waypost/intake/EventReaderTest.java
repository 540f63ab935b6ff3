package io.waypost.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.NewEvent;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Refused.Reason;
import io.waypost.platform.Violation;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Scope;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {

    private static final String JSON = "application/json";
    private static final String CLOUD = "application/cloudevents+json; charset=UTF-8";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00.123456Z");
    private static final Caller ADMIN = new Caller(null, "admin", Set.of());
    private static final Caller ACME = new Caller("acme", "key_1", Set.of(Scope.PUBLISH));

    private final EventReader reader = new EventReader(
            Set.of("default", "acme", "other")::contains,
            (_, type, _) -> type.equals("strict") ? List.of(new Violation("/data/n", "is required")) : List.of());

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

            assertThat(event.data()).contains("\"MessageID\":" + id);
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
        assertThat(reader.isArray(JSON, Map.of(), array.getBytes(UTF_8))).isTrue();
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
        assertThat(reader.read(JSON, Map.of(), "{\"type\":\"a\"}".getBytes(UTF_8), ACME, NOW)
                        .getFirst()
                        .tenant())
                .isEqualTo("acme");
        assertThat(reader.read(JSON, Map.of(), "{\"type\":\"a\",\"tenant\":\"acme\"}".getBytes(UTF_8), ACME, NOW))
                .hasSize(1);
        assertRefused(
                Reason.NOT_ALLOWED,
                () -> reader.read(
                        JSON, Map.of(), "[{\"type\":\"a\",\"tenant\":\"other\"}]".getBytes(UTF_8), ACME, NOW));
    }

    @Test
    void aCloudEventKeepsItsExtensionsAndItsContentType() {
        var event = read(CLOUD, """
                {"specversion":"1.0","id":"1","source":"/s","type":"a.b","datacontenttype":"application/json",
                 "dataschema":"https://example.com/s","traceparent":"00-x","sequence":7,"sampled":true,"gone":null,
                 "data":{"x":1.10}}""").getFirst();

        assertThat(event.attributes())
                .isEqualTo("{\"datacontenttype\":\"application/json\",\"dataschema\":\"https://example.com/s\","
                        + "\"traceparent\":\"00-x\",\"sequence\":7,\"sampled\":true}");
        assertThat(event.data()).isEqualTo("{\"x\":1.10}");
        assertThat(event.sourceId()).isEqualTo("1");
    }

    @Test
    void aCloudEventMayCarryBytes() {
        var event = read(
                        CLOUD,
                        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"a\",\"data_base64\":\"AQI\"}")
                .getFirst();

        assertThat(event.base64()).isTrue();
        assertThat(event.data()).isEqualTo("\"AQI=\"");
        assertThat(event.attributes()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"specversion\":\"0.3\"'                | /specversion | must be 1.0",
                "'\"specversion\":1.0'                    | /specversion | must be 1.0",
                "'\"specversion\":null'                   | /specversion | must be 1.0",
                "'\"data\":1,\"data_base64\":\"\"'        | /data_base64 | beside data",
                "'\"data_base64\":\"?\"'                  | /data_base64 | base64",
                "'\"data_base64\":1'                      | /data_base64 | base64",
                "'\"Upper\":1'                            | /Upper       | lower-case letters and digits",
                "'\"under_score\":1'                      | /under_score | lower-case letters and digits",
                "'\"ext\":1.5'                            | /ext         | must be a string",
                "'\"ext\":2147483648'                     | /ext         | 32 bits",
                "'\"ext\":{}'                             | /ext         | must be a string",
                "'\"ext\":\"\\n\"'                        | /ext         | control characters",
                "'\"id\":null'                            | /id          | is required",
                "'\"source\":null'                        | /source      | is required",
                "'\"type\":null'                          | /type        | is required",
                "'\"datacontenttype\":7'                  | /datacontenttype | must be a string",
            })
    void aBadCloudEventIsNamedWithItsPlace(String field, String pointer, String detail) {
        var event = (ObjectNode) Json.read("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"a\"}");
        event.setAll((ObjectNode) Json.read("{" + field + "}"));

        assertThat(violations(CLOUD, Json.write(event))).satisfiesExactly(violation(pointer, detail));
        assertThat(violations(BATCH, "[" + Json.write(event) + "]"))
                .satisfiesExactly(violation("/0" + pointer, detail));
    }

    @Test
    void aBatchIsAnArrayOfCloudEvents() {
        var one = "{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"/s\",\"type\":\"a\"}";

        assertThat(read(BATCH, "[" + one.formatted(1) + "," + one.formatted(2) + "]"))
                .extracting(NewEvent::sourceId)
                .containsExactly("1", "2");
        assertThat(violations(BATCH, one.formatted(1))).satisfiesExactly(violation("", "1 to 1000"));
        assertThat(violations(CLOUD, "[" + one.formatted(1) + "]")).satisfiesExactly(violation("", "JSON object"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "NULL",
            value = {
                "application/json                    | {\"n\":1.10} | {\"n\":1.10}     | false",
                "application/vnd.acme+json           | [1]          | [1]              | false",
                "text/plain                          | hello        | \"hello\"        | false",
                "text/xml; charset=utf-8             | <a/>         | \"<a/>\"         | false",
                "application/xml                     | <a/>         | \"PGEvPg==\"     | true",
                "application/octet-stream            | hello        | \"aGVsbG8=\"     | true",
                "application/x-www-form-urlencoded   | a=b          | \"YT1i\"         | true",
                "NULL                                | hello        | \"aGVsbG8=\"     | true",
                "application/json                    | ''           | null             | false",
            })
    void inBinaryModeTheContentTypeSaysWhatTheBodyIs(String type, String body, String data, boolean base64) {
        var event = reader.read(type, ce(Map.of()), body.getBytes(UTF_8), ADMIN, NOW)
                .getFirst();

        assertThat(event.data()).isEqualTo(data);
        assertThat(event.base64()).isEqualTo(base64);
        if (type == null) {
            assertThat(event.attributes()).isNull();
        } else {
            assertThat(Json.read(event.attributes()).get("datacontenttype").textValue())
                    .startsWith(type.replaceAll(";.*", ""));
        }
    }

    @Test
    void inBinaryModeHeadersAreAttributes() {
        var event = reader.read(
                        JSON,
                        ce(Map.of(
                                "CE-Subject", "%C3%A4 %22x%22 100%25",
                                "ce-time", "2026-01-01T00:00:00Z",
                                "ce-test", "true",
                                "ce-tenant", "acme",
                                "ce-quoted", "\"a \\\"b\\\"\"",
                                "ce-latin", "\u00c3\u00a4",
                                "ce-seq", "7",
                                "content-length", "0")),
                        new byte[0],
                        ADMIN,
                        NOW)
                .getFirst();

        assertThat(event.subject()).isEqualTo("\u00e4 \"x\" 100%");
        assertThat(event.time()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        assertThat(event.test()).isTrue();
        assertThat(event.tenant()).isEqualTo("acme");
        var attributes = Json.read(event.attributes());
        assertThat(attributes.get("quoted").textValue()).isEqualTo("a \"b\"");
        assertThat(attributes.get("latin").textValue()).isEqualTo("\u00e4");
        assertThat(attributes.get("seq").textValue()).isEqualTo("7");
        assertThat(attributes.size()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({
        "ce-specversion,0.3,/specversion",
        "ce-subject,50% off,/subject",
        "ce-subject,%FF,/subject",
        "ce-subject,%4,/subject",
        "ce-subject,%00,/subject",
        "ce-datacontenttype,text/plain,/datacontenttype",
        "ce-data,x,/data",
        "ce-my_ext,x,/my_ext",
        "ce-test,maybe,/test",
    })
    void aBadHeaderIsNamed(String header, String value, String pointer) {
        assertThatThrownBy(() -> reader.read(JSON, ce(Map.of(header, value)), "1".getBytes(UTF_8), ADMIN, NOW))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .extracting(Violation::pointer)
                        .containsExactly(pointer));
    }

    @Test
    void inBinaryModeIdSourceAndTypeAreRequired() {
        assertThatThrownBy(() -> reader.read(JSON, Map.of("ce-specversion", "1.0"), new byte[0], ADMIN, NOW))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .extracting(Violation::pointer)
                        .containsExactlyInAnyOrder("/id", "/source", "/type"));
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
        assertThat(reader.read("image/png", ce(Map.of()), new byte[1024 * 1024], ADMIN, NOW))
                .hasSize(1);
        assertRefused(
                Reason.TOO_LARGE, () -> reader.read("image/png", ce(Map.of()), new byte[1024 * 1024 + 1], ADMIN, NOW));
    }

    private List<NewEvent> read(String type, String body) {
        return reader.read(type, Map.of("Host", "localhost"), body.getBytes(UTF_8), ADMIN, NOW);
    }

    private List<Violation> violations(String type, String body) {
        try {
            read(type, body);
            return List.of();
        } catch (Invalid e) {
            return e.violations();
        }
    }

    private static ThrowingConsumer<Violation> violation(String pointer, String detail) {
        return v -> {
            assertThat(v.pointer()).isEqualTo(pointer);
            assertThat(v.detail()).contains(detail);
        };
    }

    private static Map<String, String> ce(Map<String, String> more) {
        var headers = new HashMap<>(Map.of("ce-specversion", "1.0", "ce-id", "1", "ce-source", "/s", "ce-type", "a.b"));
        headers.putAll(more);
        return headers;
    }

    private static void assertRefused(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(Refused.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }
}
