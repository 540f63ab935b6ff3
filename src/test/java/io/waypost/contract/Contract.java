package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.EventLog;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests of the HTTP contract share: a tenant of their own on the whole gateway, a receiver, and few words. */
abstract class Contract {

    static final Duration SOON = Duration.ofSeconds(15);

    final Gateway gateway = Gateway.shared();
    Api api;
    Receiver receiver;

    @BeforeEach
    void open() {
        api = gateway.tenant();
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        for (var subscription : api.get("/v1/subscriptions?limit=250").json().path("data")) {
            api.delete("/v1/subscriptions/" + subscription.path("id").textValue());
        }
        receiver.close();
    }

    /** A subscription to order.created; {@code config} and {@code more} are further fields. */
    JsonNode create(String config, String more) {
        return api.post("/v1/subscriptions", body(config, more)).expect(201).json();
    }

    String subscribe(String config, String more) {
        return create(config, more).path("id").textValue();
    }

    String body(String config, String more) {
        return "{\"events\":[\"order.created\"],\"config\":{\"url\":\"%s\"%s}%s}"
                .formatted(receiver.url(), config.isEmpty() ? "" : "," + config, more.isEmpty() ? "" : "," + more);
    }

    JsonNode subscription(String id) {
        return api.get("/v1/subscriptions/" + id).expect(200).json();
    }

    /** Publishes one event; answers its id. */
    String publish(String event) {
        return api.post("/v1/events", event)
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();
    }

    /** Publishes an order with this data. */
    String order(String data) {
        return publish("{\"type\":\"order.created\",\"data\":%s}".formatted(data));
    }

    /** So many orders as an array, numbered. */
    static String orders(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj("{\"type\":\"order.created\",\"data\":%d}"::formatted)
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** The only request that arrives. */
    Receiver.Received theOne() {
        awaitReceived(1);
        return receiver.received().getFirst();
    }

    /** Who subscribes from now on gets nothing of what was published before. */
    void awaitDispatched() {
        await().atMost(SOON).until(() -> gateway.bean(EventLog.class).backlog().events() == 0);
    }

    void awaitReceived(int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(receiver.received()).hasSize(count));
    }

    /** The one delivery of the event with its attempts, once it has the status. */
    JsonNode awaitDelivery(String event, String status) {
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries(event))
                .extracting(d -> d.path("status").textValue())
                .containsExactly(status));
        return api.get("/v1/deliveries/"
                        + deliveries(event).getFirst().path("id").textValue())
                .expect(200)
                .json();
    }

    List<JsonNode> deliveries(String event) {
        return data("/v1/deliveries?event=" + event);
    }

    List<JsonNode> data(String path) {
        return elements(api.get(path).expect(200).json().path("data"));
    }

    /** What one finds who follows the cursors from page to page, this one included. */
    List<JsonNode> following(JsonNode first, String path) {
        var found = new ArrayList<>(elements(first.path("data")));
        var page = first;
        for (int i = 0; i < 100 && page.path("next").isTextual(); i++) {
            page = api.get(path + "&cursor=" + page.path("next").textValue())
                    .expect(200)
                    .json();
            found.addAll(elements(page.path("data")));
        }
        return found;
    }

    static List<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    static List<String> ids(List<JsonNode> list) {
        return list.stream().map(e -> e.path("id").textValue()).toList();
    }

    static ObjectNode json(String text) {
        return (ObjectNode) Json.read(text);
    }

    /** A problem as RFC 9457 has it. */
    static JsonNode problem(Api.Answer answer, int status) {
        answer.expect(status);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        var problem = answer.json();
        assertThat(problem.path("status").intValue()).isEqualTo(status);
        for (var field : List.of("type", "title", "detail", "instance")) {
            assertThat(problem.path(field).textValue()).as(field).isNotBlank();
        }
        return problem;
    }

    /** A 422 with exactly these pointers, in any order. */
    static JsonNode invalid(Api.Answer answer, String... pointers) {
        var problem = problem(answer, 422);
        assertThat(problem.path("errors").findValuesAsText("pointer"))
                .as(answer.text())
                .containsExactlyInAnyOrder(pointers);
        assertThat(problem.path("errors").findValuesAsText("detail")).doesNotContain("");
        return problem;
    }
}
