package io.waypost.flow;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One of several gateways on one PostgreSQL, with a routes directory of its own. */
record FlowNode(Gateway gateway, Path routes) {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String IDLE = """
            - route:
                id: asking
                from:
                  uri: direct:asking
                  steps:
                    - log: asked
            """;

    /** @param more settings */
    static FlowNode on(String database, Map<String, Object> more) throws IOException {
        var routes = Files.createTempDirectory("routes");
        var settings = new LinkedHashMap<String, Object>();
        settings.put("waypost.db.url", database);
        settings.put("waypost.db.user", "postgres");
        settings.put("waypost.secret-key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        // Long segments would leave all the work of a short test to one node.
        settings.put("waypost.log.segment", 10);
        settings.put("waypost.routes-dir", routes);
        settings.putAll(more);
        return new FlowNode(Gateway.with(settings), routes);
    }

    Client client() {
        return new Client(gateway.admin());
    }

    void put(String id, String flow) throws IOException {
        place(routes.resolve(id + ".camel.yaml"), flow);
    }

    /** Whole at once, so that nobody reads a half. */
    static void place(Path file, String text) throws IOException {
        var written = Files.writeString(file.resolveSibling(file.getFileName() + ".part"), text);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    }

    void remove(String id) throws IOException {
        Files.deleteIfExists(routes.resolve(id + ".camel.yaml"));
    }

    void removeAll() throws IOException {
        try (var files = Files.list(routes)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        await().atMost(SOON).until(() -> all().isEmpty());
    }

    private JsonNode all() {
        return gateway.admin().get("/v1/routes").expect(200).json().path("data");
    }

    JsonNode route(String id) {
        for (var route : all()) {
            if (id.equals(route.path("id").textValue())) {
                return route;
            }
        }
        return Json.object();
    }

    void awaitStarted(String id) {
        await().atMost(SOON).until(() -> route(id).path("state").asText().equals("started"));
    }

    String subscriptionOf(String id) {
        return route(id).path("subscription").textValue();
    }

    Subscription stored(String id) {
        return gateway.bean(SubscriptionStore.class).find(id).orElseThrow();
    }

    /** Makes the node ask now who has the routes that it has not; returns when it has asked about this subscription. */
    void asks(String subscription) throws IOException {
        var before = stored(subscription).revision();
        put("asking", IDLE);
        awaitStarted("asking");
        await().atMost(SOON).until(() -> stored(subscription).revision() > before);
        remove("asking");
        await().atMost(SOON).until(() -> route("asking").isEmpty());
    }

    /** The numbers in the events of the type, as a source or a publisher has put them there. */
    List<Integer> numbers(String type) {
        return events(type).stream()
                .map(event -> event.path("data"))
                .map(data -> (data.has("raw") ? data.path("raw") : data)
                        .path("number")
                        .intValue())
                .toList();
    }

    List<JsonNode> events(String type) {
        return client().list("/v1/events", "type=" + type);
    }
}
