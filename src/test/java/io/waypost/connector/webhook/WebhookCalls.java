package io.waypost.connector.webhook;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Message;
import io.waypost.connector.Message.SuccessTest;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.event.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Webhooks to a server on loopback that keeps the last request and answers as it is told. */
@ResourceLock("webhook calls") // its static fields
abstract class WebhookCalls {

    static ConnectorsUnderTest connectors;
    static HttpServer server;
    static volatile Request last;
    static volatile Answer answer = new Answer(200, "", Map.of());

    record Request(String method, String uri, Map<String, List<String>> headers, String body) {
        String header(String name) {
            return headers.entrySet().stream()
                    .filter(h -> h.getKey().equalsIgnoreCase(name))
                    .map(h -> h.getValue().getFirst())
                    .findFirst()
                    .orElse(null);
        }
    }

    record Answer(int status, String body, Map<String, String> headers) {}

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

    static void send(String config, Event event) {
        var outcome = connectors.connector("webhook").send(message("webhook", config.formatted(url()), event));
        assertThat(outcome).isInstanceOf(Succeeded.class);
    }

    static Message with(Message m, String... secrets) {
        return but(m, List.of(secrets), m.transformed(), m.success());
    }

    static Message transformed(Message m, JsonNode to) {
        return but(m, m.secrets(), to, m.success());
    }

    static Message judged(Message m, SuccessTest by) {
        return but(m, m.secrets(), m.transformed(), by);
    }

    private static Message but(Message m, List<String> secrets, JsonNode transformed, SuccessTest success) {
        return new Message(
                m.connector(),
                m.config(),
                null,
                secrets,
                m.event(),
                transformed,
                m.delivery(),
                m.attempt(),
                m.replay(),
                m.test(),
                m.at(),
                m.timeout(),
                success);
    }

    static String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    static Map<String, String> fields(String form) {
        var fields = new HashMap<String, String>();
        for (var pair : form.split("&")) {
            var parts = pair.split("=", 2);
            fields.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
        }
        return fields;
    }
}
