package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests of the whole way of an event share: a tenant of their own on the shared gateway, a receiver, few words. */
abstract class Flow {

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

    /** Subscribes to order.created; {@code more} are further fields of the body. */
    String subscribe(String more) {
        return subscribeTo("order.created", receiver.url(), more);
    }

    String subscribeTo(String event, String url, String more) {
        return api.post(
                        "/v1/subscriptions",
                        "{\"events\":[\"%s\"],\"config\":{\"url\":\"%s\"},\"connector\":\"webhook\"%s}"
                                .formatted(event, url, more.isEmpty() ? "" : "," + more))
                .expect(201)
                .json()
                .path("id")
                .textValue();
    }

    /** Publishes an order; answers its id. */
    String publish(int number) {
        return publish("{\"type\":\"order.created\",\"data\":{\"number\":%d}}".formatted(number));
    }

    String publish(String event) {
        return api.post("/v1/events", event)
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();
    }

    List<String> publishMany(int from, int count) {
        var events = new ArrayList<String>();
        for (int i = from; i < from + count; i++) {
            events.add("{\"type\":\"order.created\",\"data\":{\"number\":%d}}".formatted(i));
        }
        var ids = new ArrayList<String>();
        api.post("/v1/events", events.toString())
                .expect(202)
                .json()
                .path("events")
                .forEach(e -> ids.add(e.path("id").textValue()));
        return ids;
    }

    JsonNode subscription(String id) {
        return api.get("/v1/subscriptions/" + id).expect(200).json();
    }

    List<JsonNode> deliveries(String query) {
        var found = new ArrayList<JsonNode>();
        api.get("/v1/deliveries?limit=250&" + query)
                .expect(200)
                .json()
                .path("data")
                .forEach(found::add);
        return found;
    }

    /** The one delivery of the event, once it has the status. */
    JsonNode awaitDelivery(String event, String status) {
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                .extracting(d -> d.path("status").textValue())
                .containsExactly(status));
        return api.get("/v1/deliveries/"
                        + deliveries("event=" + event).getFirst().path("id").textValue())
                .expect(200)
                .json();
    }

    void awaitReceived(int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(receiver.received()).hasSize(count));
    }

    void awaitState(String subscription, String state) {
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(subscription).path("state").textValue())
                .isEqualTo(state));
    }

    void awaitBuffered(String subscription, int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(subscription).at("/replayBuffer/count").intValue())
                .isEqualTo(count));
    }

    static int number(Receiver.Received request) {
        return io.waypost.platform.Json.read(request.body()).at("/data/number").intValue();
    }

    List<Integer> numbers() {
        return receiver.received().stream().map(Flow::number).toList();
    }
}
