package io.waypost.connector.http;

import com.sun.net.httpserver.HttpServer;
import io.waypost.connector.http.ConnectorCase.Played;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands on loopback in the place of a vendor's service, and answers as a case has it. Whoever asks {@code /token} is granted
 * one, which counts as no request.
 */
final class FakeService implements AutoCloseable {

    /** A request as it arrived; header names in any case. */
    record Seen(String method, String target, Map<String, String> headers, String body) {

        /** All a person could read in it: the target and a form decoded, the credentials of basic authentication too. */
        String readable() {
            var authorization = headers.getOrDefault("Authorization", "");
            var basic = authorization.startsWith("Basic ")
                    ? new String(Base64.getDecoder().decode(authorization.substring(6)), StandardCharsets.UTF_8)
                    : "";
            var form = headers.getOrDefault("Content-Type", "").contains("urlencoded")
                    ? URLDecoder.decode(body, StandardCharsets.UTF_8)
                    : body;
            return String.join(
                    "\n",
                    URLDecoder.decode(target.replace("+", "%2B"), StandardCharsets.UTF_8),
                    headers.toString(),
                    basic,
                    form);
        }
    }

    private final HttpServer server;
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private volatile Played answer;

    FakeService() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        server.createContext("/", exchange -> {
            try (exchange) {
                var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
                exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, String.join(",", values)));
                seen.add(new Seen(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toString(),
                        headers,
                        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
                var now = answer;
                now.headers().properties().forEach(header -> exchange.getResponseHeaders()
                        .set(header.getKey(), header.getValue().asText()));
                var body = now.body().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(now.status(), body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.createContext("/token", exchange -> {
            try (exchange) {
                var token = "{\"access_token\":\"granted\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
                exchange.sendResponseHeaders(200, token.length());
                exchange.getResponseBody().write(token.getBytes(StandardCharsets.UTF_8));
            }
        });
        server.start();
    }

    /** Forgets what came, and answers so from now on. */
    void answers(Played next) {
        seen.clear();
        answer = next;
    }

    String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The only request since then. */
    Seen only() {
        if (seen.size() != 1) {
            throw new AssertionError("there was not one request but: " + seen);
        }
        return seen.getFirst();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
