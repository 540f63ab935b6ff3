package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Api;
import io.waypost.testing.Delays;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies that are announced and do not come, come slowly, or are made to fill the memory. */
@Timeout(60)
class BodiesContractTest extends Contract {

    private static final int MIB = 1024 * 1024;
    private static final int MANY = 40;

    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void hangUp() throws IOException {
        for (var socket : sockets) {
            socket.close();
        }
    }

    /** Sends the head of a request with so long a body, and none of it. */
    private Socket announce(String path, String key, int length, String... headers) throws IOException {
        var socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(gateway.url()).getPort());
        sockets.add(socket);
        socket.setSoTimeout(20_000);
        var head = "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                        .formatted(path, length)
                + (key == null ? "" : "Authorization: Bearer " + key + "\r\n")
                + String.join("", headers)
                + "\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static String answer(Socket socket) throws IOException {
        var head = new StringBuilder();
        var in = socket.getInputStream();
        for (var c = in.read(); c >= 0 && head.indexOf("\r\n\r\n") < 0; c = in.read()) {
            head.append((char) c);
        }
        var length = head.indexOf("Content-Length: ");
        var digits = head.substring(length + 16, head.indexOf("\r\n", length));
        return head + new String(in.readNBytes(Integer.parseInt(digits) - 1), StandardCharsets.UTF_8);
    }

    @Test
    void bodiesThatDoNotComeTakeNothingFromThoseThatDo() throws IOException {
        var tenant = gateway.newTenant();
        var key = gateway.key(tenant, "publish");
        for (int i = 0; i < MANY; i++) {
            announce("/v1/events", key, MIB);
        }

        assertTaken(gateway.tenant());
        assertTaken(api.with(key));
    }

    private static void assertTaken(Api publisher) {
        publisher
                .post("/v1/events", "{\"type\":\"a\",\"data\":\"%s\"}".formatted("x".repeat(MIB / 2)))
                .expect(202);
    }

    @Test
    void whoeverMayNotSendABodyIsToldSoBeforeItComes() throws IOException {
        var key = gateway.key(gateway.newTenant(), "read");

        for (var path : List.of("/v1/events", "/v1/subscriptions", "/hooks")) {
            var socket = announce(path, key, MIB, "Idempotency-Key: k\r\n");

            assertThat(answer(socket)).startsWith("HTTP/1.1 403").contains("lacks the scope");
        }
    }

    @Test
    void aBodyThatComesTooSlowlyIsNotWaitedFor() throws Exception {
        var key = gateway.key(gateway.newTenant(), "publish");
        var silent = announce("/v1/events", key, MIB);
        var slow = announce("/v1/events", key, MIB);
        var dripping = Thread.startVirtualThread(() -> {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    slow.getOutputStream().write('[');
                    Delays.of(500);
                }
            } catch (IOException _) {
                // It has been ended.
            }
        });

        for (var socket : List.of(silent, slow)) {
            assertThat(answer(socket))
                    .startsWith("HTTP/1.1 408")
                    .contains("application/problem+json")
                    .contains("16 KiB a second");
        }
        dripping.interrupt();
    }

    @Test
    void oneTenantNeverTakesTheWholeAllowance() throws IOException {
        var key = gateway.key(gateway.newTenant(), "publish");
        var part = "[".repeat(MIB - 1).getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < MANY; i++) {
            var socket = announce("/v1/events", key, MIB);
            Thread.startVirtualThread(() -> {
                try {
                    socket.getOutputStream().write(part);
                } catch (IOException _) {
                    // It was turned away.
                }
            });
        }

        assertTaken(gateway.tenant());
    }

    @Test
    void ofManyMistakesTheFirstAreListedAndTheOthersCounted() {
        var fields = new StringBuilder("{\"type\":\"a\"");
        for (int i = 0; i < 50_000; i++) {
            fields.append(",\"x").append(i).append("\":0");
        }

        for (var body : List.of(fields + "}", "[" + fields + "}]")) {
            var problem = problem(api.post("/v1/events", body), 422);

            assertThat(problem.path("errors")).hasSize(100);
            assertThat(problem.path("moreErrors").intValue()).isEqualTo(49_900);
            assertThat(problem.path("detail").textValue()).endsWith("(and 49999 more, of which 99 are listed)");
        }
        assertThat(problem(api.post("/v1/subscriptions", fields + "}"), 422).path("errors"))
                .hasSize(100);
    }

    @Test
    void anArrayOfTooManyIsNotReadToItsEnd() {
        var body = "[" + "{},".repeat(5_000_000) + "nonsense";

        var problem = invalid(api.post("/v1/events", body), "");

        assertThat(problem.path("detail").textValue()).contains("1 to 1000");
    }

    @Test
    void whatWouldBeALargeTreeIsNotMade() {
        var source =
                api.post("/v1/sources", "{\"source\":\"mailjet\"}").expect(201).json();

        var problem = problem(
                api.with(null).post(source.path("url").textValue(), "[" + "[],".repeat(5_000_000) + "[]]"), 413);

        assertThat(problem.path("detail").textValue()).contains("64 MiB of memory");
    }
}
