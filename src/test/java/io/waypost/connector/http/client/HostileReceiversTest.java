package io.waypost.connector.http.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Receivers that do what no receiver should, on raw sockets. */
class HostileReceiversTest {

    private static final Duration LIMIT = Duration.ofMillis(600);

    private static ConnectorsUnderTest connectors;
    private static HttpExchange http;

    private Receiver receiver;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
        http = connectors.get(HttpExchange.class);
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @AfterEach
    void close() throws IOException {
        if (receiver != null) {
            receiver.close();
        }
    }

    @Test
    void anAnswerIsReadWhole() throws IOException {
        receiver = new Receiver((_, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi"));

        var answer = (Answered) send();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("hi");
        assertThat(answer.header("x-a")).isEqualTo("b");
        assertThat(receiver.requests.getFirst())
                .startsWith("POST /in?a=%20b HTTP/1.1\r\n")
                .contains("Accept-Encoding: identity\r\n", "Content-Length: 4\r\n", "X-Mine: yes\r\n");
    }

    @Test
    void connectionsAreUsedAgain() throws IOException {
        receiver = new Receiver((_, out) -> write(out, "HTTP/1.1 204 No Content\r\n\r\n"));

        for (int i = 0; i < 5; i++) {
            assertThat(send()).isInstanceOf(Answered.class);
        }

        assertThat(receiver.connections).hasValue(1);
        assertThat(receiver.requests).hasSize(5);
    }

    @Test
    void aConnectionClosedBehindOurBackIsNotUsedAgain() throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            socket.close();
        });

        for (int i = 0; i < 20; i++) {
            assertThat(send()).isInstanceOf(Answered.class);
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }

        assertThat(receiver.requests).hasSize(20);
    }

    @Test
    void bytesBeyondAnAnswerAreNobodysAnswer() throws IOException {
        receiver = new Receiver((_, out) -> write(
                out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"));

        for (int i = 0; i < 3; i++) {
            assertThat(send()).isInstanceOfSatisfying(Answered.class, a -> assertThat(a.status())
                    .isEqualTo(200));
        }

        assertThat(receiver.connections).hasValue(3);
    }

    @Test
    void whoNeverAnswersIsCutOff() throws IOException {
        receiver = new Receiver((_, _) -> {});

        assertFailsInTime(Failure.TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "HTTP/1.1 200 OK\r\nX: "})
    void whoDripsIsCutOff(String start) throws IOException {
        receiver = new Receiver((_, out) -> {
            write(out, start);
            while (true) {
                write(out, "x");
                java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
            }
        });

        assertFailsInTime(Failure.TIMEOUT);
    }

    @Test
    void aGigabyteTakes64KiB() throws IOException {
        var sent = new AtomicInteger();
        receiver = new Receiver((_, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
            var mebibyte = new byte[1 << 20];
            for (int i = 0; i < 1024; i++) {
                out.write(mebibyte);
                sent.incrementAndGet();
            }
        });

        var answer = (Answered) send();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).hasSize(64 * 1024);
        assertThat(sent).hasValueLessThan(64);
    }

    @Test
    void anAnswerOfExactly64KiBKeepsItsConnection() throws IOException {
        receiver = new Receiver(
                (_, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + "x".repeat(65536)));

        send();
        send();

        assertThat(receiver.connections).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Header: value\r\n", "X-Long: ", "HTTP/1.1 100 Continue\r\n\r\n"})
    void headsWithoutEndAreNoHttp(String again) throws IOException {
        receiver = new Receiver((_, out) -> {
            if (!again.startsWith("HTTP")) {
                write(out, "HTTP/1.1 200 OK\r\n");
            }
            for (int i = 0; i < 1_000_000; i++) {
                write(out, again);
            }
        });

        assertFailsInTime(Failure.INVALID_RESPONSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello\r\n\r\n",
                "<html>0.9</html>",
                "HTTP/1.1 abc OK\r\n\r\n",
                "HTTP/1.1 9999999 OK\r\n\r\n",
                "HTTP/1.1 12 OK\r\n\r\n",
                "HTTP/9.1 200 OK\r\n\r\n",
                "HTTP/0.9 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 102 Processing\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
                "\0\0\0\0\0\0\n\n"
            })
    void whatIsNoHttpIsSaidToBeNone(String answer) throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, answer);
            socket.close();
        });

        assertFailsInTime(Failure.INVALID_RESPONSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfi",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive!\r\n"
            })
    void whatIsCutShortIsAReset(String answer) throws IOException {
        receiver = new Receiver((socket, out) -> {
            write(out, answer);
            socket.close();
        });

        assertFailsInTime(Failure.CONNECTION_RESET);
    }

    @Test
    void aResetIsAReset() throws IOException {
        receiver = new Receiver((socket, _) -> {
            socket.setSoLinger(true, 0);
            socket.close();
        });

        assertFailsInTime(Failure.CONNECTION_RESET);
    }

    @Test
    void nobodyThereIsRefused() throws IOException {
        receiver = new Receiver((_, _) -> {});
        receiver.close();

        assertFailsInTime(Failure.CONNECTION_REFUSED);
    }

    @Test
    void plainHttpWhereTlsIsDueIsATlsFailure() throws IOException {
        receiver = new Receiver((_, out) -> write(out, "HTTP/1.1 400 Bad\r\n\r\n"));

        var answer = http.send(request("https://127.0.0.1:" + receiver.port()), LIMIT);

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .isEqualTo(Failure.TLS_FAILURE));
    }

    @Test
    void aSilentTlsHandshakeIsCutOff() throws IOException {
        receiver = new Receiver((_, _) -> {});

        var started = System.nanoTime();
        var answer = http.send(request("https://127.0.0.1:" + receiver.port()), LIMIT);

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .isEqualTo(Failure.TIMEOUT));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LIMIT.plusMillis(400));
    }

    @Test
    void aNameThatDoesNotExistIsADnsFailure() {
        var answer = http.send(request("http://nobody.invalid"), Duration.ofSeconds(5));

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .isEqualTo(Failure.DNS_FAILURE));
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 401, 429, 503})
    void oneRequestLeavesWhateverTheStatus(int status) throws IOException {
        receiver = new Receiver((_, out) -> write(
                out,
                "HTTP/1.1 %d No\r\nRetry-After: 1\r\nLocation: /other\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
                        .formatted(status)));

        assertThat(send()).isInstanceOfSatisfying(Answered.class, a -> assertThat(a.status())
                .isEqualTo(status));
        assertThat(receiver.requests).hasSize(1);
    }

    private void assertFailsInTime(Failure failure) {
        var started = System.nanoTime();

        var answer = send();

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .as(a.detail())
                .isEqualTo(failure));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LIMIT.plusMillis(400));
    }

    private HttpAnswer send() {
        return http.send(request("http://127.0.0.1:" + receiver.port()), LIMIT);
    }

    private static HttpRequest request(String origin) {
        return new HttpRequest(
                "POST", URI.create(origin + "/in?a=%20b"), Map.of("X-Mine", "yes"), "body".getBytes(ISO_8859_1));
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    private interface Behaviour {
        void answer(Socket socket, OutputStream out) throws IOException;
    }

    /** Reads requests off each connection and lets the test misbehave after each. */
    private static final class Receiver implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> sockets = new CopyOnWriteArrayList<>();
        private final List<String> requests = new CopyOnWriteArrayList<>();
        private final AtomicInteger connections = new AtomicInteger();
        private final Behaviour behaviour;

        private Receiver(Behaviour behaviour) throws IOException {
            this.behaviour = behaviour;
            Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return server.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    var socket = server.accept();
                    sockets.add(socket);
                    connections.incrementAndGet();
                    Thread.ofVirtual().start(() -> serve(socket));
                }
            } catch (IOException _) {
                // closed: the test is over
            }
        }

        private void serve(Socket socket) {
            try {
                var in = socket.getInputStream();
                var seen = new StringBuilder();
                for (int b; (b = in.read()) >= 0; ) {
                    seen.append((char) b);
                    if (seen.toString().endsWith("\r\n\r\nbody")) {
                        requests.add(seen.toString());
                        seen.setLength(0);
                        behaviour.answer(socket, socket.getOutputStream());
                    }
                }
            } catch (IOException _) {
                // the client hung up, as it should on most of these
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (var socket : sockets) {
                socket.close();
            }
        }
    }
}
