package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.event.EventLog;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests of the whole way of an event share: a tenant of their own on the shared gateway, a receiver, few words. */
public abstract class Flow {

    protected static final Duration SOON = Duration.ofSeconds(15);

    protected final Gateway gateway;
    protected Api api;
    protected Receiver receiver;

    protected Flow() {
        this(Gateway.shared());
    }

    /** On a gateway with settings of its own, which whoever made it closes. */
    protected Flow(Gateway gateway) {
        this.gateway = gateway;
    }

    @BeforeEach
    protected void open() {
        api = gateway.tenant();
        receiver = new Receiver();
    }

    @AfterEach
    protected void close() {
        for (var subscription : api.get("/v1/subscriptions?limit=250").json().path("data")) {
            api.delete("/v1/subscriptions/" + subscription.path("id").textValue());
        }
        receiver.close();
    }

    /** Subscribes to order.created; {@code more} are further fields of the body. */
    protected String subscribe(String more) {
        return subscribeTo("order.created", receiver.url(), more);
    }

    protected String subscribeTo(String event, String url, String more) {
        return create("{\"events\":[\"%s\"],\"config\":{\"url\":\"%s\"},\"connector\":\"webhook\"%s}"
                .formatted(event, url, more.isEmpty() ? "" : "," + more));
    }

    /** Creates the subscription that the body describes; answers its id. */
    protected String create(String body) {
        return api.post("/v1/subscriptions", body).expect(201).json().path("id").textValue();
    }

    /** Publishes an order; answers its id. */
    protected String publish(int number) {
        return publish("{\"type\":\"order.created\",\"data\":{\"number\":%d}}".formatted(number));
    }

    protected String publish(String event) {
        return api.post("/v1/events", event)
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();
    }

    protected List<String> publishMany(int from, int count) {
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

    protected JsonNode subscription(String id) {
        return api.get("/v1/subscriptions/" + id).expect(200).json();
    }

    protected List<JsonNode> deliveries(String query) {
        var found = new ArrayList<JsonNode>();
        api.get("/v1/deliveries?limit=250&" + query)
                .expect(200)
                .json()
                .path("data")
                .forEach(found::add);
        return found;
    }

    /** The one delivery of the event, once it has the status. */
    protected JsonNode awaitDelivery(String event, String status) {
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                .extracting(d -> d.path("status").textValue())
                .containsExactly(status));
        return api.get("/v1/deliveries/"
                        + deliveries("event=" + event).getFirst().path("id").textValue())
                .expect(200)
                .json();
    }

    /** Who subscribes from now on gets nothing of what was published before. */
    protected void awaitDispatched() {
        await().atMost(SOON).until(() -> gateway.bean(EventLog.class).backlog().events() == 0);
    }

    protected void awaitReceived(int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(receiver.received()).hasSize(count));
    }

    protected void awaitState(String subscription, String state) {
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(subscription).path("state").textValue())
                .isEqualTo(state));
    }

    protected void awaitBuffered(String subscription, int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(subscription).at("/replayBuffer/count").intValue())
                .isEqualTo(count));
    }

    protected static int number(Receiver.Received request) {
        return Json.read(request.body()).at("/data/number").intValue();
    }

    protected List<Integer> numbers() {
        return receiver.received().stream().map(Flow::number).toList();
    }

    /** A fixture as it is, for instance {@code gemmail.open.json}. */
    protected static String fixture(String name) {
        try (var in = Flow.class.getResourceAsStream("/fixtures/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Publishes an event of the type with a fixture as its data; answers its id. */
    protected String publish(String type, String fixture) {
        return publishData(type, Json.read(fixture(fixture)));
    }

    protected String publishData(String type, JsonNode data) {
        return publish("{\"type\":\"%s\",\"data\":%s}".formatted(type, data));
    }

    protected static JsonNode body(Receiver.Received request) {
        return Json.read(request.body());
    }

    /** Publishes what the receiver is sure to get after everything else, and waits for it: nothing else came. */
    protected void awaitDelivered(String event) {
        await().atMost(SOON).untilAsserted(() -> assertThat(receiver.received())
                .extracting(Receiver.Received::id)
                .contains(event));
    }
}
