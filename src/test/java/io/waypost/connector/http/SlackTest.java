package io.waypost.connector.http;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is special about Slack; the rest is read from its file by {@link ConnectorContractTest}. */
class SlackTest {

    private static final List<Call> CALLS = new CopyOnWriteArrayList<>();

    private static ConnectorsUnderTest connectors;
    private static HttpServer slack;
    private static volatile int status;
    private static volatile String answer;
    private static volatile String retryAfter;

    private record Call(String path, String authorization, String contentType, String body) {}

    @BeforeAll
    static void start() throws IOException {
        connectors = ConnectorsUnderTest.onLoopback();
        slack = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        slack.createContext("/", exchange -> {
            CALLS.add(new Call(
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
            if (retryAfter != null) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            var body = answer.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        slack.start();
    }

    @AfterAll
    static void stop() {
        slack.stop(0);
        connectors.close();
    }

    @BeforeEach
    void reset() {
        CALLS.clear();
        answers(200, "ok", null);
    }

    @Test
    void anEventBecomesABlockKitMessage() {
        var data = "{\"email\":\"<ana@example.com>\",\"n\":18859015918863553,\"deep\":{\"a\":[1.10]}}";

        assertThat(connectors.connector("slack").send(message("slack", hook(""), event(data))))
                .isEqualTo(new Succeeded(200, "ok"));

        var call = CALLS.getFirst();
        assertThat(call.path).isEqualTo("/services/T0/B0/x");
        assertThat(call.contentType).isEqualTo("application/json");
        var sent = Json.read(call.body);
        assertThat(sent.path("text").asText()).isEqualTo("message.opened");
        var blocks = sent.path("blocks");
        assertThat(blocks).hasSize(3);
        assertThat(blocks.at("/0/text/text").asText()).isEqualTo("message.opened");
        assertThat(blocks.at("/1/fields").findValuesAsText("text"))
                .containsExactly("*email*\n&lt;ana@example.com&gt;", "*n*\n18859015918863553", "*deep a*\n1.10");
        assertThat(blocks.at("/2/elements").findValuesAsText("text"))
                .containsExactly(
                        "/crm",
                        "<!date^1772366340^{date_short_pretty} {time}|2026-03-01T11:59:00Z>",
                        event(data).id());
    }

    @Test
    void limitsOfSlackAreKept() {
        var data = Json.object();
        for (int i = 0; i < 30; i++) {
            data.put("k&".repeat(100) + i, "&".repeat(5000));
        }

        connectors.connector("slack").send(message("slack", hook(""), event(Json.write(data))));

        var fields = Json.read(CALLS.getFirst().body).at("/blocks/1/fields");
        assertThat(fields).hasSize(10);
        assertThat(fields.findValuesAsText("text")).allMatch(text -> text.length() <= 2000);
    }

    @Test
    void dataOfOneFieldOrNoneIsFineToo() {
        for (var data : List.of("{\"one\":1}", "{}", "null", "[1,2]", "\"text\"")) {
            CALLS.clear();
            connectors.connector("slack").send(message("slack", hook(""), event(data)));

            var blocks = Json.read(CALLS.getFirst().body).path("blocks");
            assertThat(blocks.isArray()).as(data).isTrue();
            assertThat(blocks).hasSize(data.equals("{}") || data.equals("null") ? 2 : 3);
            assertThat(blocks.findValues("fields")).allMatch(JsonNode::isArray);
        }
    }

    @Test
    void textOfOnesOwnIsTheWholeMessage() {
        connectors
                .connector("slack")
                .send(message(
                        "slack", hook(", 'text': '\\'n is \\' & data.n'".replace("\\'", "\\\"")), event("{\"n\":3}")));

        assertThat(CALLS.getFirst().body).isEqualTo("{\"text\":\"n is 3\"}");
    }

    @Test
    void whatLooksLikeAPlaceholderGoesThroughAsText() {
        connectors
                .connector("slack")
                .send(message("slack", hook(", 'text': '\\\"{{env:HOME}} ${body} {token}\\\"'"), event("{}")));

        assertThat(CALLS.getFirst().body).isEqualTo("{\"text\":\"{{env:HOME}} ${body} {token}\"}");
    }

    @Test
    void aTransformReplacesTheBody() {
        var m = message("slack", hook(""), event("{}"));
        connectors
                .connector("slack")
                .send(new Message(
                        m.connector(),
                        m.config(),
                        null,
                        m.secrets(),
                        m.event(),
                        Json.read("{\"text\":\"mine\"}"),
                        m.delivery(),
                        1,
                        false,
                        false,
                        m.at(),
                        m.timeout(),
                        m.success()));

        assertThat(CALLS.getFirst().body).isEqualTo("{\"text\":\"mine\"}");
    }

    @Test
    void aTokenPostsIntoAChannel() {
        answers(200, "{\"ok\":true}", null);

        assertThat(viaToken()).isInstanceOf(Succeeded.class);

        var call = CALLS.getFirst();
        assertThat(call.path).isEqualTo("/api/chat.postMessage");
        assertThat(call.authorization).isEqualTo("Bearer xoxb-1");
        assertThat(Json.read(call.body).path("channel").asText()).isEqualTo("C1");
        assertThat(Json.read(call.body).path("blocks").isArray()).isTrue();
    }

    @Test
    void theWaitIsWhatSlackSaysElseHalfAMinute() {
        answers(429, "rate_limited", "7");
        assertThat(viaWebhook()).isInstanceOfSatisfying(Throttled.class, t -> assertThat(t.notBefore())
                .isEqualTo(Duration.ofSeconds(7)));

        answers(429, "", null);
        assertThat(viaToken()).isInstanceOfSatisfying(Throttled.class, t -> assertThat(t.notBefore())
                .isEqualTo(Duration.ofSeconds(30)));
    }

    @Test
    void anErrorWithin200IsAResponseRejected() {
        answers(200, "{\"ok\":false,\"error\":\"internal_error\"}", null);

        assertThat(viaToken()).isInstanceOfSatisfying(Failed.class, f -> assertThat(f.failure())
                .isEqualTo(Failure.RESPONSE_REJECTED));
    }

    @Test
    void theTokenIsCheckedWithAuthTest() {
        answers(200, "{\"ok\":true}", null);
        assertThat(check(token())).isEqualTo(new CheckResult(true, "The credentials work."));
        assertThat(CALLS.getFirst().path).isEqualTo("/api/auth.test");
        assertThat(CALLS.getFirst().authorization).isEqualTo("Bearer xoxb-1");

        answers(200, "{\"ok\":false,\"error\":\"invalid_auth\"}", null);
        assertThat(check(token())).satisfies(c -> {
            assertThat(c.ok()).isFalse();
            assertThat(c.detail()).contains("invalid_auth");
        });
    }

    @Test
    void checkingAnIncomingWebhookPostsNothing() {
        assertThat(check(hook("")).ok()).isTrue();
        assertThat(CALLS).isEmpty();
    }

    @Test
    void whatIsMissingOrWrongIsSaid() {
        assertThat(pointers("{}")).containsExactly("/webhookUrl");
        assertThat(pointers("{'token':'x'}")).containsExactly("/channel");
        assertThat(pointers("{'webhookUrl':'ftp://x'}")).containsExactly("/webhookUrl");
        assertThat(pointers("{'webhookUrl':'https://example.com/','text':'data.(','apiUrl':'x','more':1}"))
                .containsExactlyInAnyOrder("/text", "/apiUrl", "/more");
        assertThat(pointers("{'token':'a\\nb','channel':'c'}")).containsExactly("/token");
    }

    @Test
    void anExpressionThatFailsIsATransformFailure() {
        assertThat(connectors.send("slack", hook(", 'text': '$error(\\\"no\\\")'")))
                .isInstanceOfSatisfying(
                        Failed.class, f -> assertThat(f.failure()).isEqualTo(Failure.TRANSFORM_FAILED));
        assertThat(CALLS).isEmpty();
    }

    @Test
    void itIsDescribed() {
        var slack = connectors.connector("slack").description();

        assertThat(slack.title()).isEqualTo("Slack");
        assertThat(slack.secretFields()).containsExactlyInAnyOrder("webhookUrl", "token");
        assertThat(slack.perSecond()).isEqualTo(1.0);
        assertThat(slack.icon()).startsWith("data:image/svg+xml");
    }

    private static Outcome viaWebhook() {
        return connectors.send("slack", hook(""));
    }

    private static Outcome viaToken() {
        return connectors.send("slack", token());
    }

    private static CheckResult check(String config) {
        return connectors.connector("slack").check(object(config));
    }

    private static List<String> pointers(String config) {
        return connectors.catalog().violations("slack", object(config)).stream()
                .map(Violation::pointer)
                .toList();
    }

    private static String hook(String more) {
        return "{'webhookUrl':'%s/services/T0/B0/x'".formatted(origin()) + more + "}";
    }

    private static String token() {
        return "{'token':'xoxb-1','channel':'C1','apiUrl':'%s/api'}".formatted(origin());
    }

    private static String origin() {
        return "http://127.0.0.1:" + slack.getAddress().getPort();
    }

    private static void answers(int code, String body, String wait) {
        status = code;
        answer = body;
        retryAfter = wait;
    }
}
