package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** CloudEvents 1.0 in, structured, batched and binary, and out again. */
class CloudEventsContractTest extends Contract {

    private static final String STRUCTURED = "application/cloudevents+json";
    private static final String BATCHED = "application/cloudevents-batch+json";
    private static final String EVENT = """
            {"specversion":"1.0","id":"A-1","source":"https://shop.example/1","type":"order.created","subject":"s",
            "time":"2026-01-02T03:04:05Z","datacontenttype":"application/json","dataschema":"https://x/y",
            "traceparent":"00-ab","count":7,"flag":true,"data":{"id":18859015918863553,"price":1.10}}""";

    @Test
    void aStructuredEventGoesOutAgainWithAllItsAttributes() {
        subscribe("\"format\":\"cloudevents\"", "");

        var id = published(EVENT, STRUCTURED).at("/0/id").textValue();

        var event = api.get("/v1/events/" + id).expect(200).json();
        assertThat(event.path("sourceId").textValue()).isEqualTo("A-1");
        assertThat(event.path("source").textValue()).isEqualTo("https://shop.example/1");
        assertThat(event.path("traceparent").textValue()).isEqualTo("00-ab");
        var request = theOne();
        assertThat(request.header("content-type")).startsWith("application/cloudevents+json");
        assertThat(json(request.body())).isEqualTo(json(EVENT));
        assertThat(request.body()).contains("18859015918863553").contains("1.10");
        assertThat(request.id()).isEqualTo(id);
    }

    @Test
    void aBatchIsStoredWholeAndItsBadElementsAreNamed() {
        invalid(
                api.post(
                        "/v1/events",
                        "[%s,{\"specversion\":\"0.3\",\"id\":\"1\",\"type\":\"a\",\"Big\":1},{}]".formatted(EVENT),
                        "Content-Type",
                        BATCHED),
                "/1/specversion",
                "/1/source",
                "/1/Big",
                "/2/specversion",
                "/2/id",
                "/2/source",
                "/2/type");
        assertThat(data("/v1/events")).isEmpty();

        var batch = "[%s,%s,%s]".formatted(EVENT, EVENT.replace("A-1", "A-2"), EVENT);
        assertThat(published(batch, BATCHED).findValuesAsText("duplicate")).containsExactly("false", "false", "true");
        invalid(api.post("/v1/events", EVENT, "Content-Type", BATCHED), "");
    }

    @Test
    void structuredDataInBase64GoesOutInBase64() {
        subscribe("\"format\":\"cloudevents\"", "");
        subscribe("", "");

        published(
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/\",\"type\":\"order.created\","
                        + "\"datacontenttype\":\"image/png\",\"data_base64\":\"AAH/\"}",
                STRUCTURED);

        awaitReceived(2);
        assertThat(receiver.received())
                .allSatisfy(r -> assertThat(json(r.body()).path("data_base64").textValue())
                        .isEqualTo("AAH/"));
        for (var wrong :
                new String[] {"\"data_base64\":\"?\"", "\"data_base64\":7", "\"data\":1,\"data_base64\":\"AA==\""}) {
            invalid(
                    api.post(
                            "/v1/events",
                            "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/\",\"type\":\"a\",%s}"
                                    .formatted(wrong),
                            "Content-Type",
                            STRUCTURED),
                    "/data_base64");
        }
    }

    @Test
    void inBinaryModeJsonBecomesDataTextAStringAndAnythingElseBase64() throws IOException {
        assertThat(binary("application/json; charset=utf-8", "{\"n\":1.10}".getBytes(StandardCharsets.UTF_8))
                        .path("data")
                        .toString())
                .isEqualTo("{\"n\":1.10}");
        assertThat(binary("application/vnd.shop+json", "[1]".getBytes(StandardCharsets.UTF_8))
                        .path("data")
                        .toString())
                .isEqualTo("[1]");
        assertThat(binary("text/plain; charset=ISO-8859-1", "\"Zoé\"".getBytes(StandardCharsets.ISO_8859_1))
                        .path("data")
                        .textValue())
                .isEqualTo("\"Zoé\"");
        var bytes = new byte[] {0, 1, (byte) 0xff, (byte) 0xfe};
        assertThat(binary("application/octet-stream", bytes).path("data_base64").textValue())
                .isEqualTo(Base64.getEncoder().encodeToString(bytes));
        assertThat(binary("application/x-www-form-urlencoded", "a=1".getBytes(StandardCharsets.UTF_8))
                        .path("data_base64")
                        .textValue())
                .isEqualTo("YT0x");
        assertThat(binary("application/json", new byte[0]).path("data").isNull())
                .isTrue();
    }

    @Test
    void binaryModeReadsAttributesFromHeadersPercentDecoded() {
        var answer = api.send(
                "POST",
                "/v1/events",
                "{}",
                "ce-specversion",
                "1.0",
                "ce-id",
                "1",
                "CE-Source",
                "/s",
                "ce-type",
                "order.created",
                "ce-subject",
                "Zo%C3%A9%20%22x%22",
                "ce-time",
                "2026-01-02T03:04:05+01:00",
                "ce-partner",
                "p1");

        var event = api.get("/v1/events/"
                        + answer.expect(202).json().at("/events/0/id").textValue())
                .json();
        assertThat(event.path("subject").textValue()).isEqualTo("Zoé \"x\"");
        assertThat(event.path("time").textValue()).isEqualTo("2026-01-02T02:04:05Z");
        assertThat(event.path("partner").textValue()).isEqualTo("p1");
    }

    @Test
    void binaryModeNamesTheAttributesThatAreMissingOrWrong() throws IOException {
        invalid(api.send("POST", "/v1/events", "{}", "ce-specversion", "1.0"), "/id", "/source", "/type");
        invalid(
                api.send(
                        "POST",
                        "/v1/events",
                        "{}",
                        "ce-specversion",
                        "2",
                        "ce-id",
                        "1",
                        "ce-source",
                        "/",
                        "ce-type",
                        "a b",
                        "ce-time",
                        "soon",
                        "ce-subject",
                        "%ZZ",
                        "ce-a-b",
                        "1"),
                "/specversion",
                "/type",
                "/time",
                "/subject",
                "/a-b");
        problem(
                api.send(
                        "POST",
                        "/v1/events",
                        "{",
                        "ce-specversion",
                        "1.0",
                        "ce-id",
                        "1",
                        "ce-source",
                        "/",
                        "ce-type",
                        "a"),
                400);
        problem(api.post("/v1/events", "a=1", "Content-Type", "application/x-www-form-urlencoded"), 415);
        problem(api.post("/v1/events", "x", "Content-Type", "text/plain", "ce-id", "1"), 415);
    }

    @Test
    void withoutAPublishersIdTheCloudEventHasOurs() {
        subscribe("\"format\":\"cloudevents\"", "\"transform\":\"{ 'sum': data.n, 'id': data.id }\"");

        var id = order("{\"n\":1.10,\"id\":123456789012345678901234567890}");

        var request = theOne();
        var event = json(request.body());
        assertThat(event.path("id").textValue()).isEqualTo(id);
        assertThat(event.path("specversion").textValue()).isEqualTo("1.0");
        assertThat(event.path("datacontenttype").textValue()).isEqualTo("application/json");
        assertThat(request.body()).contains("{\"sum\":1.10,\"id\":123456789012345678901234567890}");
    }

    private JsonNode published(String body, String type) {
        return api.post("/v1/events", body, "Content-Type", type)
                .expect(202)
                .json()
                .path("events");
    }

    private int number;

    private JsonNode binary(String type, byte[] body) throws IOException {
        var answer = RawHttp.send(
                gateway.url(), """
                POST /v1/events HTTP/1.1\r
                Authorization: Bearer %s\r
                Content-Type: %s\r
                Content-Length: %d\r
                ce-specversion: 1.0\r
                ce-id: %d\r
                ce-source: /binary%d\r
                ce-type: a""".formatted(Gateway.ADMIN_KEY, type, body.length, number++, System.nanoTime()), body);
        assertThat(RawHttp.status(answer)).as(answer).isEqualTo(202);
        var id = answer.replaceAll("(?s).*(evt_[0-9a-z]+).*", "$1");
        return gateway.admin().get("/v1/events/" + id).expect(200).json();
    }
}
