package io.waypost.flow;

import static io.waypost.testing.RawReceiver.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Delays;
import io.waypost.testing.RawReceiver;
import io.waypost.testing.RawReceiver.Behaviour;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Receivers that do what no receiver should: each harms its own delivery, and nobody else's. */
class HostileReceiverFlowTest extends Flow {

    private static final long LIMIT_MS = 1_500;
    private static final String ONCE = "\"timeout\":\"1500ms\",\"retry\":{\"schedule\":[]}";

    static Stream<Arguments> hostile() {
        return Stream.of(
                behaves("never answers", "timeout", (_, _) -> {}),
                behaves("drips its head", "timeout", (_, out) -> drip(out, "HTTP/1.1 200 OK\r\nX-Slow: ")),
                behaves(
                        "drips its body",
                        "timeout",
                        (_, out) -> drip(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")),
                behaves("sends headers without end", "invalid_response", (_, out) -> {
                    write(out, "HTTP/1.1 200 OK\r\n");
                    while (true) {
                        write(out, "X-More: and more\r\n");
                    }
                }),
                behaves(
                        "answers what is no HTTP",
                        "invalid_response",
                        (socket, out) -> hangUpAfter(socket, out, "220 mail.example.com ESMTP\r\n")),
                behaves("resets the connection", "connection_reset", (socket, _) -> {
                    socket.setSoLinger(true, 0);
                    socket.close();
                }),
                behaves(
                        "stops short of its own length",
                        "connection_reset",
                        (socket, out) ->
                                hangUpAfter(socket, out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!")),
                behaves(
                        "sends garbage for chunks",
                        "invalid_response",
                        (_, out) -> write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
                behaves("sends one interim answer after the other", "invalid_response", (_, out) -> {
                    while (true) {
                        write(out, "HTTP/1.1 102 Processing\r\n\r\n");
                    }
                }),
                behaves(
                        "fails with NULs all over",
                        "http_status",
                        (_, out) -> write(out, "HTTP/1.1 500 \0\r\nX: \0\r\nContent-Length: 2\r\n\r\n\0\0")),
                behaves("sends a gigabyte with its error", "http_status", (_, out) -> gigabyte(out, "500 Oops")));
    }

    @ParameterizedTest(name = "who {0}: {1}")
    @MethodSource("hostile")
    void failsInTimeWithItsCodeAndOthersAreDeliveredMeanwhile(String name, String error, Behaviour behaviour) {
        try (var hostile = new RawReceiver(behaviour)) {
            var subscription = subscribeTo("order.created", hostile.url(), ONCE);
            subscribe("");

            var event = publish(1);

            awaitReceived(1);
            var attempt = attemptOf(subscription, "exhausted");
            assertThat(attempt.path("outcome").textValue()).isEqualTo("failed");
            assertThat(attempt.path("error").textValue()).as(attempt.toString()).isEqualTo(error);
            assertThat(attempt.path("durationMs").longValue()).isLessThan(LIMIT_MS + Delays.PAUSE.toMillis());
            assertThat(hostile.requests()).isEqualTo(1);
            assertThat(receiver.received().getFirst().id()).isEqualTo(event);
        }
    }

    @Test
    void ofAGigabyteAfterA200SixtyFourKibibytesAreReadAndItIsASuccess() {
        var mebibytes = new AtomicInteger();
        try (var hostile = new RawReceiver((_, out) -> gigabyte(out, "200 OK", mebibytes))) {
            var subscription = subscribeTo("order.created", hostile.url(), ONCE);

            publish(1);

            var attempt = attemptOf(subscription, "succeeded");
            assertThat(attempt.path("statusCode").intValue()).isEqualTo(200);
            assertThat(mebibytes).hasValueLessThan(64);
        }
    }

    @Test
    void whoIsNotThereIsRefused() {
        var gone = new RawReceiver((_, _) -> {});
        gone.close();
        var subscription = subscribeTo("order.created", gone.url(), ONCE);

        publish(1);

        assertThat(attemptOf(subscription, "exhausted").path("error").textValue())
                .isEqualTo("connection_refused");
    }

    private JsonNode attemptOf(String subscription, String status) {
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("subscription=" + subscription))
                .extracting(d -> d.path("status").textValue())
                .containsExactly(status));
        var id =
                deliveries("subscription=" + subscription).getFirst().path("id").textValue();
        var attempts = api.get("/v1/deliveries/" + id).expect(200).json().path("attempts");
        assertThat(attempts).hasSize(1);
        return attempts.path(0);
    }

    private static Arguments behaves(String name, String error, Behaviour behaviour) {
        return arguments(name, error, behaviour);
    }

    /** Their events fill the memory there is for attempts; what is due, and what is ordered, is another thing. */
    @Test
    void whoHangsWithLargeEventsHoldsUpNeitherTheDeliveriesOfOthersNorTheirLargeOnes() {
        var large = "x".repeat(1_000_000);
        var hostile = gateway.tenant();
        try (var hanging = new RawReceiver((_, _) -> {})) {
            var subscriptions = IntStream.range(0, 9)
                    .mapToObj(i -> hostile.post("/v1/subscriptions", """
                                    {"event": "large", "connector": "webhook", "config": {"url": "%s/%d"}}""".formatted(hanging.url(), i))
                            .expect(201)
                            .json()
                            .path("id")
                            .textValue())
                    .toList();
            subscribe("\"ordered\":true");
            subscribeTo("order.large", receiver.url(), "");
            for (int i = 0; i < 12; i++) {
                hostile.post("/v1/events", "{\"type\":\"large\",\"data\":{\"text\":\"%s\"}}".formatted(large))
                        .expect(202);
            }
            await().atMost(Delays.PAUSE).until(() -> hanging.requests() >= 24);

            for (int i = 0; i < 20; i++) {
                publish(i);
            }
            api.post(
                            "/v1/events",
                            "{\"type\":\"order.large\",\"data\":{\"number\":20,\"text\":\"%s\"}}".formatted(large))
                    .expect(202);

            // Long before the first of those attempts is given up.
            await().atMost(Duration.ofSeconds(12))
                    .until(() -> receiver.received().size() == 21);
            subscriptions.forEach(id -> hostile.delete("/v1/subscriptions/" + id));
        }
    }

    private static void drip(OutputStream out, String start) throws IOException {
        write(out, start);
        while (true) {
            write(out, "x");
            Delays.of(50);
        }
    }

    private static void hangUpAfter(Socket socket, OutputStream out, String text) throws IOException {
        write(out, text);
        socket.close();
    }

    private static void gigabyte(OutputStream out, String status) throws IOException {
        gigabyte(out, status, new AtomicInteger());
    }

    private static void gigabyte(OutputStream out, String status, AtomicInteger sent) throws IOException {
        write(out, "HTTP/1.1 %s\r\nContent-Length: 1073741824\r\n\r\n".formatted(status));
        var mebibyte = new byte[1 << 20];
        for (int i = 0; i < 1_024; i++) {
            out.write(mebibyte);
            sent.incrementAndGet();
        }
    }
}
