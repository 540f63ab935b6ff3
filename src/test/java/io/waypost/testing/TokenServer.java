package io.waypost.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** An OAuth 2 server on loopback: gives the tokens t1, t2, … unless it is told otherwise. */
public final class TokenServer implements AutoCloseable {

    /** A request for a token: its Authorization header, or null, and its form. */
    public record Asked(String authorization, Map<String, String> form) {}

    /** Answers the request of this number, from 1 on. */
    @FunctionalInterface
    public interface Answer {
        Reply to(Asked asked, int number);
    }

    /** What the server says. */
    public record Reply(int status, String body) {}

    private final HttpServer server;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private volatile Answer answer = (_, number) -> token("t" + number, 3600);
    private volatile CountDownLatch held = new CountDownLatch(0);

    public TokenServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public static Reply token(String token, int seconds) {
        return new Reply(
                200, "{\"access_token\":\"%s\",\"token_type\":\"bearer\",\"expires_in\":%d}".formatted(token, seconds));
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
    }

    public List<Asked> asked() {
        return asked;
    }

    public TokenServer answers(Answer next) {
        answer = next;
        return this;
    }

    /** Answers nobody until {@link #release}. */
    public void hold() {
        held = new CountDownLatch(1);
    }

    public void release() {
        held.countDown();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var form = new TreeMap<String, String>();
            Arrays.stream(body.split("&"))
                    .map(pair -> pair.split("=", 2))
                    .forEach(pair -> form.put(decode(pair[0]), decode(pair[1])));
            var one = new Asked(exchange.getRequestHeaders().getFirst("Authorization"), form);
            int number;
            synchronized (asked) {
                asked.add(one);
                number = asked.size();
            }
            held.await();
            var reply = answer.to(one, number);
            var bytes = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        release();
        server.stop(0);
    }
}
