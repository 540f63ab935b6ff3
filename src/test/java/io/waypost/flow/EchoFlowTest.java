package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.testing.RawReceiver;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What a receiver says is told, but neither the secrets it was sent nor what would make a terminal do something. */
@ExtendWith(OutputCaptureExtension.class)
class EchoFlowTest extends Flow {

    /** ESC, the 8-bit CSI, a line break, an override of the direction of writing, a line separator. */
    private static final String ACTIVE = "\u001b[31m\u009b2J\u202egnp.exe\u2066\u2028";

    private static final String ONCE =
            "\"retry\":{\"schedule\":[]},\"deactivation\":{\"afterFailures\":1,\"over\":\"0s\"}";

    @Test
    void secretsThatAReceiverRepeatsAreMasked() {
        receiver.answers((request, exchange) -> {
            var path = request.path() + (request.query() == null ? "" : "?" + request.query());
            var said = Json.object().put("path", path).put("body", request.body());
            request.headers().forEach((name, value) -> {
                if (!List.of("Content-type", "Content-length", "Host", "User-agent")
                        .contains(name)) {
                    said.put(name, value);
                }
            });
            Receiver.text(400, said.toString()).to(request, exchange);
        });
        var bearer = connection("bearer", "\"token\":\"t0ken-of-the-connection\"");
        var header = connection("header", "\"header\":\"X-Plain\",\"value\":\"value-of-the-connection\"");
        var cases = List.of(
                config("webhook", "\"url\":\"http://ada:pass%2Fw0rd@127.0.0.1:PORT/a\"", ""),
                config(
                        "webhook",
                        "\"url\":\"@@/a\",\"headers\":{\"Authorization\":\"Basic " + base64("ada:pass/w0rd")
                                + "\",\"X-Api-Key\":\"k3y-of-mine\"}",
                        ""),
                config("webhook", "\"url\":\"@@/a\"", ",\"connection\":\"" + bearer + "\""),
                config("webhook", "\"url\":\"@@/a\"", ",\"connection\":\"" + header + "\""),
                config("http", "\"url\":\"@@/a\",\"headers\":{\"X-Secret-Thing\":\"s3cret-of-mine\"}", ""),
                config("telegram", "\"token\":\"12:s3cret-of-mine\",\"chatId\":\"1\",\"apiUrl\":\"@@\"", ""),
                config("pagerduty", "\"routingKey\":\"s3cret-of-mine\",\"apiUrl\":\"@@\"", ""),
                config("zapier", "\"webhookUrl\":\"@@/hooks/s3cret-of-mine?x=1\"", ""),
                config(
                        "jira-issue",
                        "\"url\":\"@@\",\"email\":\"ada@example.com\",\"apiToken\":\"s3cret-of-mine\",\"project\":\"P\"",
                        ""),
                config("github-issue", "\"token\":\"s3cret-of-mine\",\"repository\":\"a/b\",\"apiUrl\":\"@@\"", ""));
        for (int i = 0; i < cases.size(); i++) {
            var id = create(cases.get(i).replace("EVENT", "echo.n" + i));
            var event = publish("{\"type\":\"echo.n%d\",\"data\":{\"email\":\"a@example.com\"}}".formatted(i));
            await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                    .extracting(d -> d.path("finishedAt").isNull()
                            && !d.path("status").asText().equals("buffered"))
                    .containsExactly(false));
            var delivery = deliveries("event=" + event).getFirst().path("id").textValue();
            var told = api.get("/v1/deliveries/" + delivery).text();
            var shown = told + api.get("/v1/subscriptions/" + id).text();

            assertThat(Json.read(told).at("/attempts/0/responseBody").asText())
                    .as(cases.get(i))
                    .contains("path", "***");
            assertThat(shown)
                    .as(cases.get(i))
                    .doesNotContain(
                            "pass/w0rd",
                            "pass%2Fw0rd",
                            "k3y-of-mine",
                            "t0ken-of-the-connection",
                            "value-of-the-connection",
                            "s3cret-of-mine",
                            base64("ada:pass/w0rd"),
                            base64("ada@example.com:s3cret-of-mine"));
        }
    }

    @Test
    void whatWouldMakeATerminalDoSomethingIsToldAsText(CapturedOutput output) {
        try (var raw = new RawReceiver((_, out) -> {
                    var body = ("no " + ACTIVE + "\r\nERROR forged line").getBytes(StandardCharsets.UTF_8);
                    RawReceiver.write(
                            out,
                            "HTTP/1.1 410 Gone\u001b[31m\u009b2J\r\nX-Color: \u001b[31m\u009b2J\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                                    .formatted(body.length));
                    out.write(body);
                    out.flush();
                });
                var broken = new RawReceiver((_, out) -> RawReceiver.write(
                        out, "\u001b[31m\u009b2J HTTP/9 nonsense\u001b[31m\u009b2J\r\n\u001b[31m\u009b: x\r\n\r\n"))) {
            var url = raw.url();
            var ids = List.of(
                    create("{\"event\":\"echo.a\",\"connector\":\"zapier\",%s,\"config\":{\"webhookUrl\":\"%s\"}}"
                            .formatted(ONCE, url)),
                    create("{\"event\":\"echo.a\",\"connector\":\"webhook\",%s,\"config\":{\"url\":\"%s\"}}"
                            .formatted(ONCE, url)),
                    create("{\"event\":\"echo.a\",\"connector\":\"webhook\",%s,\"config\":{\"url\":\"%s\"}}"
                            .formatted(ONCE, broken.url())));

            publish("{\"type\":\"echo.a\",\"data\":{}}");

            for (var id : ids) {
                awaitState(id, "deactivated");
            }
            await().atMost(SOON).untilAsserted(() -> assertThat(output.getAll()).contains(ids));
            for (var id : ids) {
                var delivery =
                        deliveries("subscription=" + id).getFirst().path("id").textValue();
                for (var path : List.of("/v1/deliveries/" + delivery, "/v1/subscriptions/" + id)) {
                    assertHarmless(api.get(path).expect(200).text());
                }
            }
            assertThat(api.get("/v1/subscriptions/" + ids.getFirst()).text()).contains("\\\\u001b[31m\\\\u009b2J");
            await().atMost(SOON).untilAsserted(() -> assertThat(api.get("/v1/events?type=webhook.deactivated")
                            .json()
                            .path("data"))
                    .hasSize(3));
            assertHarmless(api.get("/v1/events?type=webhook.deactivated").text());
            assertHarmless(output.getAll());
            assertThat(output.getAll().lines()).noneMatch(line -> line.startsWith("ERROR forged"));
        }
    }

    @Test
    void soIsWhatATokenEndpointSaysToWhatItWasSent() {
        receiver.answers((_, exchange) -> Receiver.text(
                        401,
                        Json.object()
                                .put("error", "invalid_client")
                                .put("error_description", ACTIVE + " is not s3cret-of-mine")
                                .toString())
                .to(null, exchange));

        var refused = api.post(
                        "/v1/connections",
                        "{\"name\":\"c\",\"kind\":\"oauth2\",\"config\":{\"tokenUrl\":\"%s\",\"clientId\":\"c\",\"clientSecret\":\"s3cret-of-mine\"}}"
                                .formatted(receiver.url()))
                .expect(422)
                .text();

        assertThat(refused).contains("invalid_client", "is not ***").doesNotContain("s3cret-of-mine");
        assertHarmless(refused);
    }

    @Test
    void soIsWhatAMailServerSays(CapturedOutput output) throws IOException {
        try (var smtp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!smtp.isClosed()) {
                    try (var socket = smtp.accept()) {
                        socket.getOutputStream()
                                .write(("554 5.7.1 s3cret-of-mine is no " + ACTIVE.replace("\u2028", "") + "\r\n")
                                        .getBytes(StandardCharsets.UTF_8));
                    } catch (IOException _) {
                        // The test is over.
                    }
                }
            });
            var id = create(
                    "{\"event\":\"echo.m\",\"connector\":\"email\",%s,\"config\":{\"host\":\"127.0.0.1\",\"port\":%d,\"security\":\"none\",\"username\":\"u\",\"password\":\"s3cret-of-mine\",\"from\":\"a@example.com\",\"to\":\"b@example.com\"}}"
                            .formatted(ONCE, smtp.getLocalPort()));

            var event = publish("{\"type\":\"echo.m\",\"data\":{}}");

            await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                    .extracting(d -> d.path("attemptCount").asInt())
                    .containsExactly(1));
            var delivery = deliveries("event=" + event).getFirst().path("id").textValue();
            var told = api.get("/v1/deliveries/" + delivery).text() + subscription(id);
            assertThat(told).contains("554", "*** is no ", "u001b[31m").doesNotContain("s3cret-of-mine");
            assertHarmless(told + output.getAll());
        }
    }

    @Test
    void noLogLineObeysAnybodyWhoeverSaysIt(CapturedOutput output) {
        var log = LoggerFactory.getLogger("org.apache.camel.Somebody");

        log.warn("heard: {}", ACTIVE + "\r\nERROR forged line");
        log.error(
                "thrown" + ACTIVE,
                new IllegalStateException("outer" + ACTIVE + "\nERROR forged line", new IOException("inner" + ACTIVE)));

        assertThat(output.getAll()).contains("heard: \\u001b[31m", "outer\\u001b", "inner\\u001b", "EchoFlowTest");
        assertHarmless(output.getAll());
        assertThat(output.getAll().lines()).noneMatch(line -> line.startsWith("ERROR forged"));
    }

    private static void assertHarmless(String text) {
        assertThat(text.chars()
                        .filter(c -> c != '\n'
                                && c != '\r'
                                && c != '\t'
                                && (Character.isISOControl(c) || ACTIVE.indexOf(c) >= 0 && c > 0xff)))
                .isEmpty();
    }

    private String connection(String kind, String config) {
        return api.post("/v1/connections", "{\"name\":\"c\",\"kind\":\"%s\",\"config\":{%s}}".formatted(kind, config))
                .expect(201)
                .json()
                .path("id")
                .textValue();
    }

    private String config(String connector, String config, String more) {
        return "{\"event\":\"EVENT\",\"connector\":\"%s\",\"retry\":{\"schedule\":[]},\"config\":{%s}%s}"
                .formatted(connector, config, more)
                .replace("@@", receiver.url(""))
                .replace("PORT", Integer.toString(receiver.port()));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
