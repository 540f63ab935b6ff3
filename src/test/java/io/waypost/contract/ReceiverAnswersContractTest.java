package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Delays;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the gateway makes of a receiver's answer. */
class ReceiverAnswersContractTest extends Contract {

    private static final String ONCE = "\"retry\":{\"schedule\":[]}";

    @ParameterizedTest
    @CsvSource({
        "200,succeeded",
        "201,succeeded",
        "204,succeeded",
        "299,succeeded",
        "301,http_status",
        "302,http_status",
        "307,http_status",
        "400,http_status",
        "401,http_status",
        "404,http_status",
        "429,rate_limited",
        "500,http_status",
        "503,http_status"
    })
    void successIsATwoHundredAndARedirectIsNotFollowed(int status, String result) {
        receiver.answers((request, exchange) -> {
            exchange.getResponseHeaders().add("Location", receiver.url("/elsewhere"));
            Receiver.status(status).to(request, exchange);
        });
        subscribe("", ONCE);

        var attempt = only(order("1"), result.equals("succeeded") ? result : "exhausted");

        assertThat(attempt.path("statusCode").intValue()).isEqualTo(status);
        assertThat(attempt.path("error").textValue()).isEqualTo(result.equals("succeeded") ? null : result);
        assertThat(receiver.received()).extracting(Receiver.Received::path).containsExactly("/hook");
    }

    private JsonNode only(String event, String status) {
        return awaitDelivery(event, status).at("/attempts/0");
    }

    @Test
    void goneDeactivatesAtOnce() {
        receiver.answers(410);
        var id = subscribe("", "");

        var event = order("1");

        await().atMost(SOON)
                .until(() -> "deactivated".equals(subscription(id).path("state").textValue()));
        assertThat(subscription(id).at("/deactivation/reason").textValue()).isNotBlank();
        assertThat(subscription(id).at("/deactivation/lastError").textValue()).contains("410");
        awaitDelivery(event, "buffered");
        assertThat(receiver.received()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"429,7200,7200", "503,7200,7200", "503,0,3600", "500,7200,3600", "429,999999999,86400", "503,date,7200"
    })
    void retryAfterLengthensTheWaitOf429And503UpToADay(int status, String header, long seconds) {
        var now = gateway.clock().instant();
        receiver.answers((request, exchange) -> {
            var wait = header.equals("date")
                    ? DateTimeFormatter.RFC_1123_DATE_TIME.format(
                            now.plusSeconds(seconds + 1).atOffset(ZoneOffset.UTC))
                    : header;
            exchange.getResponseHeaders().add("Retry-After", wait);
            Receiver.status(status).to(request, exchange);
        });
        subscribe("", "\"retry\":{\"schedule\":[\"1h\"]}");

        var delivery = awaitDelivery(order("1"), "retrying");

        var next = Instant.parse(delivery.path("nextAttemptAt").textValue());
        assertThat(Duration.between(Instant.parse(delivery.at("/attempts/0/at").textValue()), next))
                .isBetween(
                        Duration.ofSeconds(seconds - 2),
                        Duration.ofSeconds(seconds * 6 / 5).plus(Delays.PAUSE));
    }

    @Test
    void ofALongAnswer64KibibytesAreReadAndTheRestIsNobodysBusiness() {
        receiver.answers((_, exchange) -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                for (int i = 0; i < 4_096; i++) {
                    exchange.getResponseBody().write("x".repeat(1_024).getBytes(StandardCharsets.US_ASCII));
                }
            } catch (IOException _) {
                // The connection is closed, as it should be.
            }
        });
        subscribe("", ONCE);

        var attempt = only(order("1"), "succeeded");

        assertThat(attempt.path("responseBody").textValue()).isEqualTo("x".repeat(1_024));
    }

    @Test
    void aProfileDecidesWhatIsSuccess() {
        receiver.answers(201);
        subscribe("", "\"retry\":{\"profile\":\"gemmail\",\"schedule\":[]}");
        var only200 = only(order("1"), "exhausted");
        assertThat(only200.path("statusCode").intValue()).isEqualTo(201);
        assertThat(only200.path("outcome").textValue()).isEqualTo("failed");

        receiver.answers(200);
        only(order("2"), "succeeded");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http|SSH-2.0-OpenSSH\\r\\n|invalid_response",
                "http|HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nabc|connection_reset",
                "http|HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n|connection_reset",
                "http|HTTP/1.1 abc OK\\r\\n\\r\\n|invalid_response",
                "https|HTTP/1.1 400 Bad Request\\r\\n\\r\\n|tls_failure"
            })
    void whatIsNoHttpAndWhatIsCutShortHaveTheirCodes(String scheme, String answer, String code) throws IOException {
        try (var server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answerAll(server, answer.translateEscapes()));
            api.post(
                            "/v1/subscriptions",
                            "{\"event\":\"order.created\",\"url\":\"%s://127.0.0.1:%d/\",%s}"
                                    .formatted(scheme, server.getLocalPort(), ONCE))
                    .expect(201);

            assertThat(only(order("1"), "exhausted").path("error").textValue()).isEqualTo(code);
        }
    }

    private static void answerAll(ServerSocket server, String answer) {
        while (!server.isClosed()) {
            try (var socket = server.accept()) {
                socket.setSoTimeout(200);
                drain(socket.getInputStream());
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException _) {
                // The test is over, or the gateway hung up.
            }
        }
    }

    private static void drain(java.io.InputStream in) throws IOException {
        try {
            while (in.read(new byte[4_096]) >= 0) {
                // Until it pauses: then the request is here.
            }
        } catch (java.net.SocketTimeoutException _) {
            // It has paused.
        }
    }
}
