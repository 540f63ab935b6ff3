package io.waypost.intake;

import static io.waypost.intake.Reading.ADMIN;
import static io.waypost.intake.Reading.BATCH;
import static io.waypost.intake.Reading.CLOUD;
import static io.waypost.intake.Reading.JSON;
import static io.waypost.intake.Reading.NOW;
import static io.waypost.intake.Reading.READER;
import static io.waypost.intake.Reading.ce;
import static io.waypost.intake.Reading.read;
import static io.waypost.intake.Reading.violation;
import static io.waypost.intake.Reading.violations;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.NewEvent;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CloudEvents, structured, in batches and as headers. */
class CloudEventReaderTest {

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
        var event = READER.read(type, ce(Map.of()), body.getBytes(UTF_8), ADMIN, NOW)
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
        var event = READER.read(
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
        assertThatThrownBy(() -> READER.read(JSON, ce(Map.of(header, value)), "1".getBytes(UTF_8), ADMIN, NOW))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .extracting(Violation::pointer)
                        .containsExactly(pointer));
    }

    @Test
    void inBinaryModeIdSourceAndTypeAreRequired() {
        assertThatThrownBy(() -> READER.read(JSON, Map.of("ce-specversion", "1.0"), new byte[0], ADMIN, NOW))
                .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.violations())
                        .extracting(Violation::pointer)
                        .containsExactlyInAnyOrder("/id", "/source", "/type"));
    }
}
