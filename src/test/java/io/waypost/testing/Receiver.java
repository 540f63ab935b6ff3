package io.waypost.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** A receiver of webhooks on loopback that keeps what it gets and answers as it is told. */
public final class Receiver implements AutoCloseable {

    /** A request as it arrived; header names in lower case. */
    public record Received(String method, String path, String query, Map<String, String> headers, String body) {

        public String header(String name) {
            return headers.get(name);
        }

        /** The id of the event. */
        public String id() {
            return header("webhook-id");
        }
    }

    /** Answers a request. */
    @FunctionalInterface
    public interface Answer {
        void to(Received request, HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private volatile Answer answer = status(204);

    public Receiver() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, String.join(",", values)));
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var uri = exchange.getRequestURI();
            var request = new Received(exchange.getRequestMethod(), uri.getPath(), uri.getRawQuery(), headers, body);
            received.add(request);
            answer.to(request, exchange);
        }
    }

    public String url() {
        return url("/hook");
    }

    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** What has arrived so far, in order. */
    public List<Received> received() {
        return received;
    }

    public Receiver answers(Answer next) {
        answer = next;
        return this;
    }

    public Receiver answers(int status) {
        return answers(status(status));
    }

    /** One status after the other, the last one for ever. */
    public Receiver answersInTurn(int... statuses) {
        return answers((request, exchange) -> {
            var turn = Math.min(received.indexOf(request), statuses.length - 1);
            status(statuses[Math.max(0, turn)]).to(request, exchange);
        });
    }

    public static Answer status(int status) {
        return (_, exchange) -> exchange.sendResponseHeaders(status, -1);
    }

    /** Answers when the latch has been opened, not before. */
    public static Answer onceOpen(CountDownLatch latch, Answer then) {
        return (request, exchange) -> {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException(e.toString());
            }
            then.to(request, exchange);
        };
    }

    public static Answer text(int status, String text) {
        return (_, exchange) -> {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    /** Every signature that has arrived must be one of a secret that the tests' clients know. */
    @Override
    public void close() {
        server.stop(0);
        Signatures.verifyAll(received);
    }
}
