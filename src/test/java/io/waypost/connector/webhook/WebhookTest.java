package io.waypost.connector.webhook;

import static io.waypost.connector.ConnectorsUnderTest.NOW;
import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Message.SuccessTest;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

class WebhookTest {

    private static final String DATA = "{\"big\":18859015918863553123456,\"price\":1.10,\"tiny\":1e-7}";

    private static ConnectorsUnderTest connectors;
    private static HttpServer server;
    private static volatile Request last;
    private static volatile Answer answer = new Answer(200, "", Map.of());

    private record Request(String method, String uri, Map<String, List<String>> headers, String body) {
        String header(String name) {
            return headers.entrySet().stream()
                    .filter(h -> h.getKey().equalsIgnoreCase(name))
                    .map(h -> h.getValue().getFirst())
                    .findFirst()
                    .orElse(null);
        }
    }

    private record Answer(int status, String body, Map<String, String> headers) {}

    @BeforeAll
    static void start() throws IOException {
        connectors = ConnectorsUnderTest.onLoopback();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            last = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    Map.copyOf(exchange.getRequestHeaders()),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            answer.headers.forEach(exchange.getResponseHeaders()::set);
            var body = answer.body.getBytes(UTF_8);
            exchange.sendResponseHeaders(answer.status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop(0);
        connectors.close();
    }

    @Test
    void jsonKeepsEveryDigit() {
        var sent = event(DATA);

        send("{'url':'%s/hook?x=1'}", sent);

        assertThat(last.method).isEqualTo("POST");
        assertThat(last.uri).isEqualTo("/hook?x=1");
        assertThat(last.body)
                .isEqualTo(
                        "{\"type\":\"message.opened\",\"timestamp\":\"2026-03-01T11:59:00Z\",\"data\":%s,\"id\":\"%s\"}"
                                .formatted(DATA, sent.id()));
        assertThat(last.header("Content-Type")).isEqualTo("application/json");
        assertThat(last.header("User-Agent")).startsWith("Waypost/");
        assertThat(last.header("Waypost-Attempt")).isEqualTo("1");
        assertThat(last.header("Waypost-Replay")).isNull();
        assertThat(last.header("Waypost-Test")).isNull();
    }

    @Test
    void aCloudEventCarriesThePublishersIdAndExtensions() {
        var sent = new Event(
                7,
                NOW,
                "default",
                "a.b",
                "/crm",
                "their\"id",
                "sub",
                NOW,
                false,
                "{\"traceid\":\"t\",\"n\":5}",
                DATA,
                false);

        send("{'url':'%s','format':'cloudevents'}", sent);

        assertThat(last.header("Content-Type")).startsWith("application/cloudevents+json");
        assertThat(last.body)
                .isEqualTo("{\"specversion\":\"1.0\",\"id\":\"their\\\"id\",\"source\":\"/crm\",\"type\":\"a.b\","
                        + "\"subject\":\"sub\",\"time\":\"2026-03-01T12:00:00Z\",\"datacontenttype\":\"application/json\","
                        + "\"traceid\":\"t\",\"n\":5,\"data\":" + DATA + "}");
    }

    @Test
    void bytesGoOutAsDataBase64() {
        var sent = new Event(
                7,
                NOW,
                "default",
                "a",
                "/",
                null,
                null,
                NOW,
                false,
                "{\"datacontenttype\":\"image/png\"}",
                "\"AAEC\"",
                true);

        send("{'url':'%s','format':'cloudevents'}", sent);

        assertThat(Json.read(last.body).path("data_base64").asText()).isEqualTo("AAEC");
        assertThat(Json.read(last.body).path("datacontenttype").asText()).isEqualTo("image/png");
        assertThat(Json.read(last.body).has("data")).isFalse();
    }

    @Test
    void xmlSaysWhatJsonSays() throws Exception {
        var data =
                "{\"price\":1.10,\"big\":18859015918863553,\"tags\":[\"a<b\",\"c&d\"],\"no name\":\"x\",\"xmlish\":1,\"größe\":\"\\u0001\\ud83d\\ude00\\r\",\"n\":null,\"deep\":{\"t\":true},\"rows\":[[1,2],[3]],\"none\":[]}";

        send("{'url':'%s','format':'xml'}", event(data));

        assertThat(last.header("Content-Type")).startsWith("application/xml");
        var event = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(last.body.getBytes(UTF_8)))
                .getDocumentElement();
        assertThat(event.getTagName()).isEqualTo("event");
        assertThat(text(event, "type", 0)).isEqualTo("message.opened");
        var inner = (Element) event.getElementsByTagName("data").item(0);
        assertThat(text(inner, "price", 0)).isEqualTo("1.10");
        assertThat(text(inner, "big", 0)).isEqualTo("18859015918863553");
        assertThat(text(inner, "tags", 0)).isEqualTo("a<b");
        assertThat(text(inner, "tags", 1)).isEqualTo("c&d");
        assertThat(text(inner, "größe", 0)).isEqualTo("\uFFFD\uD83D\uDE00\r");
        assertThat(text(inner, "n", 0)).isEmpty();
        assertThat(text(inner, "t", 0)).isEqualTo("true");
        assertThat(inner.getElementsByTagName("rows").getLength()).isEqualTo(2);
        assertThat(text((Element) inner.getElementsByTagName("rows").item(0), "item", 1))
                .isEqualTo("2");
        assertThat(inner.getElementsByTagName("none").getLength()).isZero();
        var odd = (Element) inner.getElementsByTagName("field").item(0);
        assertThat(odd.getAttribute("name")).isEqualTo("no name");
        assertThat(odd.getTextContent()).isEqualTo("x");
    }

    @Test
    void aFormNamesFieldsWithBrackets() {
        var data = "{\"contact\":{\"email\":\"a+b@example.com\",\"tags\":[\"x\",\"y\"]},\"price\":1.10,\"n\":null}";

        send("{'url':'%s','format':'form'}", event(data));

        assertThat(last.header("Content-Type")).isEqualTo("application/x-www-form-urlencoded");
        assertThat(fields(last.body))
                .containsEntry("type", "message.opened")
                .containsEntry("data[contact][email]", "a+b@example.com")
                .containsEntry("data[contact][tags][1]", "y")
                .containsEntry("data[price]", "1.10")
                .containsEntry("data[n]", "");
    }

    @Test
    void withGetTheFieldsGoIntoTheQueryAndTheEmptyBodyIsSigned() {
        var secret = SigningSecrets.generate("hmac");
        var message =
                with(message("webhook", "{'url':'%s/cb?k=v','method':'GET'}".formatted(url()), event(DATA)), secret);

        connectors.connector("webhook").send(message);

        assertThat(last.method).isEqualTo("GET");
        assertThat(last.body).isEmpty();
        assertThat(fields(last.uri.substring(4)))
                .containsEntry("k", "v")
                .containsEntry("data[big]", "18859015918863553123456");
        assertThat(last.header("webhook-signature"))
                .isEqualTo(SigningSecrets.sign(secret, message.event().id(), NOW.getEpochSecond(), new byte[0]));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "json        | {\"a\":[1.10,{\"b\":null}]}",
                "xml         | <?xml version=\"1.0\" encoding=\"UTF-8\"?>~<event><a>1.10</a><a><b></b></a></event>",
                "form        | a%5B0%5D=1.10&a%5B1%5D%5Bb%5D="
            })
    void aTransformReplacesWhatIsWritten(String format, String body) {
        var message = message("webhook", "{'url':'%s','format':'%s'}".formatted(url(), format), event(DATA));

        connectors.connector("webhook").send(transformed(message, Json.read("{\"a\":[1.10,{\"b\":null}]}")));

        assertThat(last.body).isEqualTo(body.replace('~', '\n'));
    }

    @Test
    void aTransformIsTheDataOfACloudEvent() {
        var message = message("webhook", "{'url':'%s','format':'cloudevents'}".formatted(url()), event(DATA));

        connectors.connector("webhook").send(transformed(message, Json.read("{\"a\":1.10}")));

        assertThat(last.body).endsWith("\"data\":{\"a\":1.10}}");
    }

    @Test
    void anyStandardWebhooksLibraryVerifiesIt() throws Exception {
        var fresh = SigningSecrets.generate("hmac");
        var old = SigningSecrets.generate("hmac");
        var message = message("webhook", "{'url':'%s'}".formatted(url()), event("{\"ü\":\"€\"}"));
        message = with(message, fresh, old);
        var now = new Message(
                message.connector(),
                message.config(),
                null,
                message.secrets(),
                message.event(),
                null,
                "dlv_1",
                3,
                true,
                true,
                Instant.now(), // the library compares it with the real clock
                message.timeout(),
                SuccessTest.ANY_2XX);

        connectors.connector("webhook").send(now);

        var headers = HttpHeaders.of(last.headers, (_, _) -> true);
        for (var secret : List.of(fresh, old)) {
            assertThatCode(() -> new Webhook(secret).verify(last.body, headers)).doesNotThrowAnyException();
        }
        assertThat(last.header("webhook-id")).isEqualTo(message.event().id());
        assertThat(last.header("Waypost-Attempt")).isEqualTo("3");
        assertThat(last.header("Waypost-Replay")).isEqualTo("true");
        assertThat(last.header("Waypost-Test")).isEqualTo("true");
    }

    @Test
    void unsignedCarriesNoSignature() {
        var message = with(
                message("webhook", "{'url':'%s','signing':'none'}".formatted(url()), event("1")),
                SigningSecrets.generate("hmac"));

        connectors.connector("webhook").send(message);

        assertThat(last.header("webhook-signature")).isNull();
        assertThat(last.header("webhook-id")).isNotNull();
    }

    @Test
    void ownHeadersAndCredentialsInTheUrlAreSent() {
        connectors.send(
                "webhook",
                "{'url':'http://me:p%%40ss@127.0.0.1:%d/','headers':{'X-Team':'crm','Date':'today','user-agent':'mine'}}"
                        .formatted(server.getAddress().getPort()));

        assertThat(last.header("Authorization")).isEqualTo("Basic bWU6cEBzcw==");
        assertThat(last.header("X-Team")).isEqualTo("crm");
        assertThat(last.header("Date")).isEqualTo("today");
        assertThat(last.header("User-Agent")).isEqualTo("mine");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "webhook-id", "Webhook-Signature", "Waypost-Attempt", "waypost-x", "Host", "content-length",
                "Content-Type", "Connection", "Transfer-Encoding", "bad name", "", "x:y"
            })
    void reservedHeadersAreViolations(String name) {
        assertThat(violations("{'url':'%s','headers':{'%s':'x'}}".formatted(url(), name)))
                .extracting(Violation::pointer)
                .containsExactly("/headers/" + name);
    }

    @Test
    void everythingWrongIsSaidAtOnce() {
        var config = "{'method':'PAINT','format':'yaml','headers':{'X-A':'a\\r\\nb','X-N':5},'extra':1}";

        assertThat(violations(config))
                .extracting(Violation::pointer)
                .contains("/url", "/method", "/format", "/headers/X-A", "/headers/X-N", "/extra");
    }

    @ParameterizedTest
    @CsvSource({
        "ANY_2XX, 200,, true",
        "ANY_2XX, 299,, true",
        "ANY_2XX, 302,, false",
        "ANY_2XX, 500,, false",
        "ONLY_200, 200,, true",
        "ONLY_200, 201,, false",
        "STATUS_OK_BODY, 200, {\"status\":\"OK\"}, true",
        "STATUS_OK_BODY, 202, {\"status\":\"OK\"}, true",
        "STATUS_OK_BODY, 200, ok, false",
        "STATUS_OK_BODY, 206, {\"status\":\"OK\"}, false",
        "STATUS_OK_BODY, 204,, false"
    })
    void successIsWhatTheProfileSays(SuccessTest test, int status, String body, boolean success) {
        assertThat(outcome(test, new Answer(status, body == null ? "" : body, Map.of())) instanceof Succeeded)
                .isEqualTo(success);
    }

    @Test
    void aRejectedBodyIsNamedSo() {
        assertThat(outcome(SuccessTest.STATUS_OK_BODY, new Answer(200, "{\"status\":\"NO\"}", Map.of())))
                .isInstanceOfSatisfying(
                        Failed.class, f -> assertThat(f.failure()).isEqualTo(Failure.RESPONSE_REJECTED));
    }

    @ParameterizedTest
    @CsvSource({
        "120, PT2M",
        "'Sun, 01 Mar 2026 12:10:00 GMT', PT10M",
        "9999999, PT24H",
        "99999999999999999999999, ",
        "'Sun, 01 Mar 2026 11:00:00 GMT', ",
        "soon, ",
        "-5, "
    })
    void retryAfterIsReadAsSecondsOrDate(String header, Duration wait) {
        var headers = Map.of("Retry-After", header);

        assertThat(outcome(SuccessTest.ANY_2XX, new Answer(429, "", headers)))
                .isEqualTo(new Failed(Failure.RATE_LIMITED, "status 429: too many requests", 429, "", wait, false));
        assertThat(outcome(SuccessTest.ANY_2XX, new Answer(503, "", headers)))
                .isEqualTo(new Failed(Failure.HTTP_STATUS, "status 503: unavailable", 503, "", wait, true));
    }

    @Test
    void goneIsGone() {
        assertThat(outcome(SuccessTest.ANY_2XX, new Answer(410, "bye", Map.of())))
                .isInstanceOfSatisfying(Gone.class, g -> assertThat(g.body()).isEqualTo("bye"));
    }

    @Test
    void theFirstKibibyteOfTheAnswerIsKeptAsText() {
        var outcome = outcome(SuccessTest.ANY_2XX, new Answer(500, "a\0b" + "x".repeat(5000), Map.of()));

        assertThat(outcome.body()).hasSize(1023).startsWith("abx");
    }

    @Test
    void whatWouldBeSentCanBeSeen() {
        var request = connectors
                .connector("webhook")
                .prepare(message("webhook", "{'url':'https://example.com/x','method':'PUT'}", event("1")));

        assertThat(request.method()).isEqualTo("PUT");
        assertThat(request.url()).isEqualTo("https://example.com/x");
        assertThat(request.headers()).containsKeys("webhook-id", "Content-Type");
        assertThat(request.body()).contains("\"data\":1,");
    }

    private static Outcome outcome(SuccessTest test, Answer given) {
        answer = given;
        try {
            var m = message("webhook", "{'url':'%s'}".formatted(url()), event("1"));
            return connectors
                    .connector("webhook")
                    .send(new Message(
                            m.connector(),
                            m.config(),
                            null,
                            m.secrets(),
                            m.event(),
                            null,
                            m.delivery(),
                            1,
                            false,
                            false,
                            NOW,
                            m.timeout(),
                            test));
        } finally {
            answer = new Answer(200, "", Map.of());
        }
    }

    private static void send(String config, Event event) {
        var outcome = connectors.connector("webhook").send(message("webhook", config.formatted(url()), event));
        assertThat(outcome).isInstanceOf(Succeeded.class);
    }

    private static List<Violation> violations(String config) {
        return connectors.catalog().violations("webhook", object(config));
    }

    private static Message with(Message m, String... secrets) {
        return new Message(
                m.connector(),
                m.config(),
                null,
                List.of(secrets),
                m.event(),
                m.transformed(),
                m.delivery(),
                m.attempt(),
                m.replay(),
                m.test(),
                m.at(),
                m.timeout(),
                m.success());
    }

    private static Message transformed(Message m, JsonNode to) {
        return new Message(
                m.connector(),
                m.config(),
                null,
                m.secrets(),
                m.event(),
                to,
                m.delivery(),
                m.attempt(),
                m.replay(),
                m.test(),
                m.at(),
                m.timeout(),
                m.success());
    }

    private static String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static String text(Element parent, String name, int index) {
        return parent.getElementsByTagName(name).item(index).getTextContent();
    }

    private static Map<String, String> fields(String form) {
        var fields = new HashMap<String, String>();
        for (var pair : form.split("&")) {
            var parts = pair.split("=", 2);
            fields.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
        }
        return fields;
    }
}
