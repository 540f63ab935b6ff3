package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is thrown at the API: a problem with a pointer, never a 5xx, and nothing stored by halves. */
class HostileContractTest extends Contract {

    /** None of these is right for any field below; where one would be, the field is left out there. */
    private static final List<String> VALUES = List.of(
            "-1",
            "1e999",
            "123456789012345678901234567890",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"\\r\\nX: y\"",
            "[[]]",
            "[null]",
            "{\"\":{\"\":1}}",
            "\"" + "x".repeat(70_000) + "\"",
            "[".repeat(100) + "]".repeat(100));

    private record Place(String method, String path, String body, String field) {}

    /** A right subscription but for the field: JSON has no room for two of one name. */
    private static String without(String field) {
        var events = field.equals("events") ? "" : "\"events\":[\"a\"],";
        var url = field.equals("url") ? "" : "\"url\":\"http://127.0.0.1:1/\",";
        return "{" + events + url + "%s}";
    }

    static Stream<Place> places() {
        var places = new ArrayList<Place>();
        for (var field : List.of(
                "app",
                "name",
                "events",
                "event",
                "filter",
                "condition",
                "connector",
                "config",
                "transform",
                "timeout",
                "concurrency",
                "rateLimit",
                "ordered",
                "retry",
                "deactivation",
                "replayBuffer",
                "secret",
                "tenant",
                "url",
                "typo")) {
            places.add(new Place("POST", "/v1/subscriptions", without(field), field));
            places.add(new Place("PATCH", "/v1/subscriptions/ID", "{%s}", field));
        }
        for (var field : List.of(
                "config/method",
                "config/format",
                "config/signing",
                "config/headers",
                "rateLimit/perSecond",
                "retry/schedule",
                "retry/profile",
                "deactivation/afterFailures",
                "deactivation/over",
                "replayBuffer/window",
                "replayBuffer/concurrency",
                "config/typo")) {
            places.add(new Place("POST", "/v1/subscriptions", without(field), field));
        }
        for (var field : List.of("type", "source", "subject", "time", "test", "tenant", "id", "typo")) {
            places.add(new Place("POST", "/v1/events", field.equals("type") ? "{%s}" : "{\"type\":\"a\",%s}", field));
        }
        for (var field : List.of("since", "until", "types", "status", "dryRun", "typo")) {
            places.add(new Place("POST", "/v1/subscriptions/ID/replay", "{%s}", field));
        }
        places.add(new Place("POST", "/v1/subscriptions/ID/activate", "{%s}", "replayEvents"));
        places.add(new Place("POST", "/v1/subscriptions/ID/deactivate", "{%s}", "typo"));
        places.add(new Place("POST", "/v1/subscriptions/ID/test", "{%s}", "type"));
        places.add(new Place("POST", "/v1/subscriptions/ID/secret/rotate", "{%s}", "grace"));
        for (var field : List.of("subscription", "event", "eventId", "typo")) {
            places.add(new Place("POST", "/v1/subscriptions/preview", "{%s}", field));
        }
        places.add(new Place("POST", "/v1/connectors/webhook/check", "{%s}", "config"));
        return places.stream();
    }

    @ParameterizedTest
    @MethodSource("places")
    void aWrongValueIsAProblemThatPointsAtIt(Place place) {
        var id = subscribe("", "");
        var before = subscription(id);

        for (var value : VALUES) {
            var body = place.body.formatted(nested(place.field, value));
            var answer = api.send(place.method, place.path.replace("ID", id), body);
            if (value.equals("1e999") || answer.status() == 403) {
                assertThat(answer.status()).as(body).isIn(400, 403, 422);
                continue;
            }
            assertThat(answer.status())
                    .as(place + " " + clip(value) + clip(answer.text()))
                    .isEqualTo(422);
            assertThat(problem(answer, 422).path("errors").findValuesAsText("pointer"))
                    .as(place + " " + clip(value))
                    .anyMatch(pointer -> pointer.startsWith("/" + place.field));
        }
        assertThat(subscription(id)).isEqualTo(before);
        assertThat(data("/v1/subscriptions")).hasSize(1);
        assertThat(data("/v1/events")).isEmpty();
    }

    private static String clip(String text) {
        return text.substring(0, Math.min(200, text.length()));
    }

    private static String nested(String field, String value) {
        var slash = field.indexOf('/');
        return slash < 0
                ? "\"%s\":%s".formatted(field, value)
                : "\"%s\":{\"%s\":%s}".formatted(field.substring(0, slash), field.substring(slash + 1), value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "nul",
                "{\"type\":\"a\"}}",
                "{\"type\":\"a\",\"type\":\"b\"}",
                "{'type':'a'}",
                "{\"type\":\"a\",\"data\":NaN}",
                "{\"type\":\"a\",\"data\":01}",
                "[{\"type\":\"a\"},]",
                "{\"type\":\"a\",\"data\":\"\n\"}"
            })
    void whatIsNoJsonIs400(String body) {
        var subscription = "/v1/subscriptions/" + subscribe("", "");
        problem(api.post("/v1/events", body), 400);
        problem(api.post("/v1/subscriptions", body), 400);
        problem(api.patch(subscription, body), 400);
        problem(api.put("/v1/event-types/own.type", body), 400);
        problem(gateway.admin().post("/v1/tenants", body), 400);
        assertThat(data("/v1/events")).isEmpty();
    }

    @Test
    void depthDigitsAndBytesHaveTheirLimits() throws IOException {
        problem(api.post("/v1/events", "[".repeat(100_000)), 400);
        problem(
                api.post("/v1/events", "{\"type\":\"a\",\"data\":%s}".formatted("[".repeat(500) + "]".repeat(500))),
                400);
        problem(api.post("/v1/events", "{\"type\":\"a\",\"data\":%s}".formatted("9".repeat(5_000))), 400);
        problem(api.post("/v1/events", "{\"type\":\"a\",\"data\":1e999999999}"), 400);
        problem(api.post("/v1/subscriptions", "{\"name\":\"%s\"}".formatted("x".repeat(1 << 20))), 413);
        var answer = raw("POST", "/v1/events", "Content-Type: application/json", new byte[] {'"', (byte) 0xff, '"'});
        assertThat(RawHttp.status(answer)).as(answer).isEqualTo(400);
        var compressed = api.post("/v1/events", "{\"type\":\"a\"}", "Content-Encoding", "gzip");
        problem(compressed, 415);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/events?type=%",
                "/v1/events?type=%ZZ",
                "/v1/events?%00=%0",
                "/v1/subscriptions/%00",
                "/v1/subscriptions/%ff%fe",
                "/v1/subscriptions/..%2f..%2fx",
                "/v1/subscriptions/%2e%2e/x",
                "/v1/events/evt_%0d%0aX:%20y",
                "/v1/../v1/events/x",
                "/v1/events/\\..\\x",
                "/v1/events?since=%00",
                "/v1/deliveries/%F0%9F%98%80",
                "/v1/event-types/%3Cscript%3E"
            })
    void badlyEncodedAddressesAreProblems(String path) throws IOException {
        var answer = raw("GET", path, "Accept: */*", new byte[0]);

        assertThat(RawHttp.status(answer)).as(answer).isBetween(400, 422);
        assertThat(answer).contains("application/problem+json");
        var body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
        JsonNode problem = Json.read(body.getBytes(StandardCharsets.UTF_8));
        assertThat(problem.path("status").intValue()).isEqualTo(RawHttp.status(answer));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PUT /v1/events",
                "DELETE /v1/events",
                "PATCH /v1/events/x",
                "POST /v1/deliveries",
                "PUT /v1/subscriptions",
                "GET /v1/subscriptions/x/activate",
                "DELETE /v1/subscriptions/x/secret",
                "TRACE /v1/events",
                "FOO /v1/events",
                "GET /v1/subscriptions/x/secret/rotate",
                "POST /v1/connectors",
                "PATCH /v1/tenants"
            })
    void wrongMethodsAre405AndSayWhichAreRight(String call) throws IOException {
        var answer = raw(call.split(" ")[0], call.split(" ")[1], "Accept: */*", new byte[0]);

        assertThat(RawHttp.status(answer)).as(answer).isEqualTo(405);
        assertThat(answer).contains("application/problem+json");
        if (!call.startsWith("TRACE")) {
            assertThat(answer).contains("\r\nAllow: ");
        }
    }

    @Test
    void headersOfAnySizeAndKindAreProblemsAtMost() throws IOException {
        assertThat(RawHttp.status(raw("GET", "/v1/events", "X-Big: " + "x".repeat(40_000), new byte[0])))
                .isIn(400, 431);
        assertThat(RawHttp.status(raw("GET", "/v1/events?x=" + "x".repeat(40_000), "Accept: */*", new byte[0])))
                .isIn(400, 414, 431);
        for (var key : List.of("Ünïcode", "%00", "x".repeat(300), " ", "\"\"")) {
            var answer = raw(
                    "POST",
                    "/v1/events",
                    "Content-Type: application/json\r\nIdempotency-Key: " + key,
                    "{\"type\":\"a\"}".getBytes(StandardCharsets.UTF_8));
            assertThat(RawHttp.status(answer)).as(key + answer).isIn(202, 400, 422);
        }
        for (var authorization :
                List.of("Basic eDp5", "Bearer", "Bearer \u00ff", "Bearer  ", "bearer " + "x".repeat(9_000))) {
            var answer = RawHttp.send(gateway.url(), "GET /v1/events HTTP/1.1\r\nAuthorization: " + authorization);
            assertThat(RawHttp.status(answer)).as(authorization).isEqualTo(401);
        }
    }

    private String raw(String method, String path, String header, byte[] body) throws IOException {
        return RawHttp.send(
                gateway.url(),
                "%s %s HTTP/1.1\r\nAuthorization: Bearer %s\r\n%s%s"
                        .formatted(
                                method,
                                path,
                                Gateway.ADMIN_KEY,
                                header,
                                body.length == 0 ? "" : "\r\nContent-Length: " + body.length),
                body);
    }
}
