package io.waypost.connector.http.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.testing.Delays;
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
import org.junit.jupiter.api.parallel.ResourceLock;

/** What tests of receivers that misbehave share: the client, and a receiver on a raw socket. */
@ResourceLock("hostile receivers") // its static fields
abstract class HostileReceivers {

    static final Duration LIMIT = Duration.ofMillis(600);

    private static ConnectorsUnderTest connectors;
    static HttpExchange http;

    Receiver receiver;

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

    void assertFailsInTime(Failure failure) {
        var started = System.nanoTime();

        var answer = send();

        assertThat(answer).isInstanceOfSatisfying(NoAnswer.class, a -> assertThat(a.failure())
                .as(a.detail())
                .isEqualTo(failure));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LIMIT.plus(Delays.PAUSE));
    }

    HttpAnswer send() {
        return http.send(request("http://127.0.0.1:" + receiver.port()), LIMIT);
    }

    static HttpRequest request(String origin) {
        return new HttpRequest(
                "POST", URI.create(origin + "/in?a=%20b"), Map.of("X-Mine", "yes"), "body".getBytes(ISO_8859_1));
    }

    static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(ISO_8859_1));
        out.flush();
    }

    interface Behaviour {
        void answer(Socket socket, OutputStream out) throws IOException;
    }

    /** Reads requests off each connection and lets the test misbehave after each. */
    static final class Receiver implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> sockets = new CopyOnWriteArrayList<>();
        final List<String> requests = new CopyOnWriteArrayList<>();
        final AtomicInteger connections = new AtomicInteger();
        private final Behaviour behaviour;
        private final Thread accepting;
        volatile boolean eager;

        Receiver(Behaviour behaviour) throws IOException {
            this.behaviour = behaviour;
            accepting = Thread.ofVirtual().start(this::accept);
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
                if (eager) {
                    behaviour.answer(socket, socket.getOutputStream());
                }
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
            join(accepting);
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    /** The port is closed only when nobody waits at it any more. */
    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
