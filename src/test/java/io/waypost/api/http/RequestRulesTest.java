package io.waypost.api.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.api.TestApi;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.tenancy.Scope;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessResourceFailureException;

/** What holds for every request: keys, paths, methods, content types, sizes, and errors as problem+json. */
class RequestRulesTest extends TestApi {

    @ParameterizedTest
    @ValueSource(strings = {"/v1/events", "/v1/nothing", "/", "/hooks", "/actuator/prometheus", "/error", "/v1/routes"})
    void withoutAKeyNothingIsAnswered(String path) throws Exception {
        var reply = get(path, null).isProblem(401);

        assertThat(reply.header("WWW-Authenticate")).isEqualTo("Bearer");
        get(path, "wrong").isProblem(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/nothing", "/", "/hooks/", "/error", "/v1/routes/x", "/v1/connection", "/v1/events/"})
    void anUnknownPathIs404(String path) throws Exception {
        assertThat(get(path).isProblem(404).json().get("instance").asText()).isEqualTo(path);
    }

    @Test
    void theWrongMethodIs405AndNamesTheRightOnes() throws Exception {
        var reply = send("PUT", "/v1/subscriptions", ADMIN, JSON, "{}".getBytes(UTF_8))
                .isProblem(405);

        assertThat(reply.header("Allow")).contains("GET", "POST");
    }

    @Test
    void healthWithoutAKeyIsTheStatusAlone() throws Exception {
        assertThat(get("/actuator/health", null).json()).isEqualTo(Json.object().put("status", "UP"));
        assertThat(get("/actuator/health", key("acme", Scope.READ)).json().has("components"))
                .isFalse();
        assertThat(get("/actuator/health").json().has("components")).isTrue();
    }

    @Test
    void metricsNeedAnAdminKey() throws Exception {
        get("/actuator/prometheus", key("acme", Scope.PUBLISH)).isProblem(403);
        get("/actuator/prometheus", key("acme", Scope.READ)).isProblem(403);
        assertThat(get("/actuator/prometheus", ADMIN).text()).contains("jvm_memory");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json"})
    void aBodyThatIsNoJsonIs415(String type) throws Exception {
        send("POST", "/v1/subscriptions", ADMIN, type, "{}".getBytes(UTF_8)).isProblem(415);
    }

    @Test
    void aBodyWithoutAContentTypeIs415() throws Exception {
        send("POST", "/v1/subscriptions", ADMIN, null, "{}".getBytes(UTF_8)).isProblem(415);
    }

    @Test
    void aCompressedBodyIs415() throws Exception {
        send("POST", "/v1/subscriptions", ADMIN, JSON, new byte[] {31}, "Content-Encoding", "gzip")
                .isProblem(415);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"app\":1}x", "{\"a\":1,\"a\":2}"})
    void malformedJsonIs400(String body) throws Exception {
        post("/v1/subscriptions", body).isProblem(400);
    }

    @Test
    void wrongUtf8Is400() throws Exception {
        send("POST", "/v1/subscriptions", ADMIN, JSON, new byte[] {'"', (byte) 0xff, '"'})
                .isProblem(400);
        send("POST", "/v1/subscriptions", ADMIN, JSON, new byte[] {0, 0, 0, '"', 1, 1, 1, 1})
                .isProblem(400);
    }

    @Test
    void anUnknownFieldIs422AndNamed() throws Exception {
        assertThat(post("/v1/tenants", "{\"id\":\"x\",\"nmae\":\"y\"}").pointers())
                .isEqualTo("/nmae");
    }

    @Test
    void tooLargeIs413() throws Exception {
        var large = "[\"" + "x".repeat(Bodies.MOST) + "\"]";

        post("/v1/subscriptions", large).isProblem(413);
        post("/v1/events", "[\"" + "x".repeat(Bodies.MOST_EVENTS) + "\"]").isProblem(413);
        post("/v1/events", large);
    }

    @Test
    void aChunkedBodyIsCutOffAtTheLimit() throws Exception {
        var chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        var reply = raw("POST /v1/subscriptions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Authorization: Bearer " + ADMIN + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                + chunk.repeat(20) + "0\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 413").contains("application/problem+json");
    }

    @ParameterizedTest
    @CsvSource({
        "GET /v1/events/%zz HTTP/1.1, 400",
        "GET /v1/events/%00 HTTP/1.1, 400",
        "GET /v1/events/a|b HTTP/1.1, 400",
        "GET /v1/events/%ff HTTP/1.1, 400",
        "GET /v1/events?since=%zz HTTP/1.1, 400",
        "GET /v1/events?type=%00 HTTP/1.1, 422",
        "GET /v1/events/a%2fb HTTP/1.1, 400",
        "TRACE /v1/events HTTP/1.1, 405",
        "NONSENSE, 400",
        "GET /v1/events HTTP/9.9, 505"
    })
    void whatTomcatRefusesIsAProblemToo(String line, int status) throws Exception {
        var reply = raw(line + "\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + ADMIN + "\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 " + status).contains("application/problem+json", "\"instance\":");
    }

    @Test
    void headersThatAreTooLargeAreAProblem() throws Exception {
        var reply = raw("GET /v1/events HTTP/1.1\r\nHost: x\r\nX-Large: " + "x".repeat(50_000) + "\r\n\r\n");

        assertThat(reply).matches("(?s)HTTP/1.1 4(00|31).*").contains("application/problem+json");
    }

    @Test
    void anAcceptThatIsNotMetIsIgnored() throws Exception {
        assertThat(send("GET", "/v1/events", ADMIN, null, null, "Accept", "text/csv")
                        .status())
                .isEqualTo(200);
        assertThat(send("GET", "/v1/events", ADMIN, null, null, "Accept", "///").status())
                .isEqualTo(200);
    }

    @Test
    void noDatabaseIs503AndSaysWhenToComeBack() throws Exception {
        parts.onPublish = () -> {
            throw new DataAccessResourceFailureException("the secret host is away");
        };

        var reply = post("/v1/events", "{\"type\":\"a\"}").isProblem(503);

        assertThat(reply.header("Retry-After")).isEqualTo("5");
        assertThat(reply.text()).doesNotContain("secret host");
    }

    @Test
    void overloadIs503AndSaysWhenToComeBack() throws Exception {
        parts.onPublish = () -> {
            throw Refused.overloaded("full", Duration.ofMillis(1_500));
        };

        assertThat(post("/v1/events", "{\"type\":\"a\"}").isProblem(503).header("Retry-After"))
                .isEqualTo("2");
    }

    @Test
    void aFaultOfOursShowsNothingButItsId() throws Exception {
        parts.onPublish = () -> {
            throw new IllegalStateException("internals");
        };

        var reply = post("/v1/events", "{\"type\":\"a\"}").isProblem(500);

        assertThat(reply.text()).doesNotContain("internals");
        assertThat(reply.json().path("id").asText()).hasSize(36);
    }

    private String raw(String request) throws Exception {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
