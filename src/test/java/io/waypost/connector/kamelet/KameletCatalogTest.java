package io.waypost.connector.kamelet;

import static io.waypost.connector.ConnectorsUnderTest.event;
import static io.waypost.connector.ConnectorsUnderTest.message;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.platform.Violation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KameletCatalogTest {

    /** The example of the documentation, without a template of its own. */
    private static final String ACME = """
            apiVersion: camel.apache.org/v1
            kind: Kamelet
            metadata:
              name: acme
            spec:
              definition:
                title: Acme Chat
                description: Posts a line into Acme Chat.
                type: object
                required: [url, apiKey]
                properties:
                  url: {title: Server, description: Where Acme runs., type: string}
                  apiKey: {title: Key, type: string, format: password, x-descriptors: ["urn:camel:group:credentials"]}
                  room: {title: Room, type: string, default: lobby room}
              x-waypost:
                auth: {kind: header, header: X-Acme-Key, value: "{apiKey}"}
                request:
                  method: POST
                  url: "{url}/v1/{room}/messages"
                  headers: {X-Acme-Client: waypost}
                  body: '{ "message": type & " for " & data.email }'
                success: {status: 200-299, body: "$.ok = true"}
                errors:
                  - {status: 401, action: deactivate}
                  - {status: 400, body: invalid_payload, action: permanent}
                  - {status: 429, action: throttle}
                  - {status: 5xx, action: retry}
                idempotency: {header: Idempotency-Key}
                retryAfter: {header: Retry-After, unit: s}
                rate: {perSecond: 50}
            """;

    @TempDir
    private Path directory;

    @Test
    void aFileOfTheUsersIsAConnectorLikeOurs() throws IOException {
        write("acme", ACME);
        var status = new AtomicInteger(200);
        var body = new AtomicReference<>("{\"ok\":true}");
        var seen = new AtomicReference<String>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var headers = exchange.getRequestHeaders();
            seen.set("%s %s %s %s %s"
                    .formatted(
                            exchange.getRequestURI(),
                            headers.getFirst("X-Acme-Key"),
                            headers.getFirst("X-Acme-Client"),
                            headers.getFirst("Idempotency-Key"),
                            new String(exchange.getRequestBody().readAllBytes())));
            exchange.sendResponseHeaders(status.get(), body.get().length());
            exchange.getResponseBody().write(body.get().getBytes());
            exchange.close();
        });
        server.start();
        var config = "{'url':'http://127.0.0.1:%d/','apiKey':'k{url}'}"
                .formatted(server.getAddress().getPort());

        try (var connectors = new ConnectorsUnderTest(true, directory)) {
            var acme = connectors.connector("acme");
            var message = message("acme", config, event("{\"email\":\"a@example.com\"}"));

            assertThat(acme.send(message)).isInstanceOf(Succeeded.class);
            assertThat(seen.get())
                    .isEqualTo(
                            "/v1/lobby%20room/messages k{url} waypost dlv_1 {\"message\":\"message.opened for a@example.com\"}");
            assertThat(acme.description().perSecond()).isEqualTo(50.0);

            body.set("{\"ok\":false}");
            assertThat(acme.send(message)).isInstanceOf(Failed.class);
            status.set(400);
            assertThat(acme.send(message)).isInstanceOf(Failed.class);
            body.set("{\"error\":\"invalid_payload\"}");
            assertThat(acme.send(message)).isInstanceOf(Rejected.class);
            status.set(401);
            body.set("x");
            assertThat(acme.send(message)).isInstanceOf(Gone.class);
            status.set(429);
            assertThat(acme.send(message)).isInstanceOf(Throttled.class);
            status.set(410);
            assertThat(acme.send(message)).isInstanceOf(Gone.class);
            status.set(404);
            assertThat(acme.send(message)).isInstanceOf(Failed.class);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anyCamelStepsMakeAConnector() throws IOException {
        write("plain", """
                apiVersion: camel.apache.org/v1
                kind: Kamelet
                metadata: {name: plain}
                spec:
                  definition:
                    type: object
                    properties: {word: {type: string}}
                  template:
                    from:
                      uri: kamelet:source
                      steps:
                        - choice:
                            when:
                              - simple: "${variable.word} == 'fail'"
                                steps:
                                  - throwException: {exceptionType: java.lang.IllegalStateException, message: told to}
                """);

        try (var connectors = new ConnectorsUnderTest(true, directory)) {
            assertThat(connectors.send("plain", "{'word':'go'}")).isEqualTo(new Succeeded(null, null));
            assertThat(connectors.send("plain", "{'word':'fail'}"))
                    .isEqualTo(new Failed(Failure.CONNECTOR_FAILED, "told to"));
            assertThat(connectors.connector("plain").prepare(message("plain", "{}")))
                    .isNull();
        }
    }

    @Test
    void whatIsBrokenIsSetAsideAndTheRestGoesOn() throws IOException {
        write("acme", ACME);
        write("slack", ACME);
        write("noyaml", "spec: [\n  unclosed");
        write("nospec", "kind: Kamelet");
        write("othername", ACME);
        write("badaction", ACME.replace("name: acme", "name: badaction").replace("action: retry", "action: explode"));
        write("badbody", ACME.replace("name: acme", "name: badbody").replace("data.email }", "data.( }"));
        write(
                "badstep",
                ACME.replace("name: acme", "name: badstep")
                        + "  template: {from: {uri: 'kamelet:source', steps: [{nosuchstep: {}}]}}\n");
        write(
                "baduri",
                ACME.replace("name: acme", "name: baduri")
                        + "  template: {from: {uri: 'kamelet:source', steps: [{to: 'nosuch:thing'}]}}\n");

        try (var connectors = new ConnectorsUnderTest(true, directory)) {
            var catalog = connectors.catalog();

            assertThat(catalog.all())
                    .filteredOn(ConnectorDescription::ready)
                    .extracting(ConnectorDescription::name)
                    .contains("acme", "slack", "webhook");
            assertThat(catalog.all())
                    .filteredOn(c -> !c.ready())
                    .extracting(ConnectorDescription::name)
                    .containsExactly(
                            "badaction",
                            "badbody",
                            "badstep",
                            "baduri",
                            "nospec",
                            "noyaml",
                            "othername",
                            "slack.kamelet.yaml");
            assertThat(error(connectors, "noyaml")).contains("line ");
            assertThat(error(connectors, "othername")).contains("metadata.name must be othername");
            assertThat(error(connectors, "badaction")).contains("explode");
            assertThat(error(connectors, "slack.kamelet.yaml")).contains("shipped");
            assertThat(error(connectors, "baduri")).contains("nosuch");
            assertThat(catalog.find("badaction")).isEmpty();
            assertThat(catalog.find("slack")).isPresent();
            assertThat(catalog.find("nobody")).isEmpty();
        }
    }

    @Test
    void aConfigIsHeldAgainstTheSchema() throws IOException {
        write("acme", ACME);

        try (var connectors = new ConnectorsUnderTest(false, directory)) {
            assertThat(connectors.catalog().violations("acme", object("{'url':5,'colour':'red'}")))
                    .extracting(Violation::pointer)
                    .containsExactly("/apiKey", "/colour", "/url");
            assertThat(connectors.catalog().violations("acme", object("{'url':'http://10.0.0.1','apiKey':'x'}")))
                    .singleElement()
                    .satisfies(v -> assertThat(v.detail()).contains("WAYPOST_ALLOW_PRIVATE_NETWORKS"));
        }
    }

    @Test
    void oneRouteServesAnyNumberOfDestinations() {
        try (var connectors = ConnectorsUnderTest.onLoopback()) {
            connectors.send("webhook", "{'url':'http://127.0.0.1:1/'}");
            var endpoints = connectors.camel().getEndpoints().size();
            var routes = connectors.camel().getRoutesSize();

            for (int i = 0; i < 50; i++) {
                connectors.send("webhook", "{'url':'http://127.0.0.1:1/%d'}".formatted(i));
                connectors.send("sql", "{'url':'jdbc:h2:mem:none%d','statement':'update t set a = 1'}".formatted(i));
            }

            assertThat(connectors.camel().getEndpoints()).hasSize(endpoints);
            assertThat(connectors.camel().getRoutesSize()).isEqualTo(routes);
        }
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(directory.resolve(name + ".kamelet.yaml"), content);
    }

    private static String error(ConnectorsUnderTest connectors, String name) {
        return connectors.catalog().all().stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow()
                .error();
    }
}
