package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.event.schema.EventSchema;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What owners are told beside a deactivation, once each, as events of their own tenant. */
class NoticeFlowTest extends Flow {

    private static final String AT_ONCE = "\"retry\":{\"schedule\":[]},\"deactivation\":{\"afterFailures\":0}";

    private Receiver owner;

    @Override
    @BeforeEach
    protected void open() {
        super.open();
        owner = new Receiver();
    }

    @Override
    @AfterEach
    protected void close() {
        super.close();
        owner.close();
    }

    @Test
    void thatADeactivatedOneIsSwitchedOnAgainIsToldWithWhatHadBeenKeptButNotThatAPausedOneIs() {
        subscribeTo("webhook.reactivated", owner.url(), "");
        var id = deactivated("order.created", "", 5);
        awaitBuffered(id, 5);
        receiver.answers(204);

        activate(id, "?replayEvents=1");

        awaitTold(1);
        var event = events("webhook.reactivated").getFirst();
        assertThat(event.path("source").textValue()).isEqualTo("/waypost");
        assertThat(event.path("subject").textValue()).isEqualTo(id);
        assertThat(event.path("sourceId").textValue()).startsWith("ntc_");
        var data = told(0);
        assertDescribed(api, "webhook.reactivated", data);
        assertThat(data.path("webhook").path("id").textValue()).isEqualTo(id);
        assertThat(data.path("counts")).isEqualTo(Json.read("{\"buffered\":5,\"dropped\":0}"));
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("subscription=" + id + "&status=succeeded"))
                .hasSize(5));
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        activate(id, "");
        activate(id, "");
        receiver.answers(410);
        publish(9);
        awaitState(id, "deactivated");
        activate(id, "?replayEvents=0");

        awaitTold(2);
        assertThat(told(1).at("/counts/buffered").intValue()).isEqualTo(1);
    }

    @Test
    void aDeliveryThatIsGivenUpIsToldOnceButNeitherATestNorOneThatTellsOfAnother() {
        subscribeTo("webhook.delivery_exhausted", owner.url(), "");
        receiver.answers(500);
        var id = create("{\"events\":[\"order.created\",\"webhook.**\"],\"config\":{\"url\":\"%s\"},%s}"
                .formatted(receiver.url(), AT_ONCE));
        var first = publish(1);
        awaitTold(1);
        publish("{\"type\":\"order.created\",\"test\":true,\"data\":{\"number\":2}}");
        publish("{\"type\":\"webhook.of_ours\",\"data\":{}}");
        // The first, the notice of it, and the two.
        awaitExhausted(id, 4);

        var last = publish(3);

        awaitTold(2);
        var data = told(0);
        assertDescribed(api, "webhook.delivery_exhausted", data);
        var delivery = awaitDelivery(first, "exhausted");
        assertThat(data.path("delivery")).isEqualTo(delivery.path("id"));
        assertThat(data.path("event").textValue()).isEqualTo(first);
        assertThat(data.path("lastError").textValue()).startsWith("http_status");
        assertThat(data.path("counts")).isEqualTo(Json.read("{\"attempts\":1}"));
        assertThat(told(1).path("event").textValue()).isEqualTo(last);
        awaitExhausted(id, 6);
        assertThat(events("webhook.delivery_exhausted")).hasSize(2);
    }

    @Test
    void ofABatchThatIsGivenUpEachEventIsTold() {
        subscribeTo("webhook.delivery_exhausted", owner.url(), "");
        receiver.answers(500);
        subscribe("\"batch\":{\"maxItems\":3,\"maxWait\":\"1h\"}," + AT_ONCE);

        var events = publishMany(0, 3);

        awaitTold(3);
        assertThat(List.of(0, 1, 2))
                .extracting(i -> told(i).path("event").textValue())
                .containsExactlyInAnyOrderElementsOf(events);
        assertThat(receiver.received()).hasSize(1);
    }

    @Test
    void thatTheWindowOfADeactivatedOneIsOverIsToldOnceAsItStandsThen() {
        subscribeTo("webhook.buffer_closed", owner.url(), "");
        var paused = subscribe(window("1h"));
        api.post("/v1/subscriptions/" + paused + "/deactivate", null).expect(200);
        var again = deactivated("a.again", window("1h"), 1);
        receiver.answers(204);
        activate(again, "?replayEvents=1");
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("subscription=" + again + "&status=succeeded"))
                .hasSize(1));
        var longer = deactivated("a.longer", window("1h"), 1);
        patch(longer, window("2h"));
        var shorter = deactivated("a.shorter", window("10h"), 5);
        awaitBuffered(shorter, 5);
        patch(shorter, window("1h"));

        gateway.clock().advance(Duration.ofMinutes(61));

        awaitTold(1);
        var data = told(0);
        assertDescribed(api, "webhook.buffer_closed", data);
        assertThat(data.at("/webhook/id").textValue()).isEqualTo(shorter);
        assertThat(data.path("counts")).isEqualTo(Json.read("{\"buffered\":5,\"dropped\":0}"));
        var event = events("webhook.buffer_closed").getFirst();
        var since =
                Instant.parse(subscription(shorter).at("/deactivation/since").textValue());
        assertThat(Instant.parse(data.path("since").textValue())).isEqualTo(since);
        assertThat(Instant.parse(event.path("time").textValue())).isEqualTo(since.plus(Duration.ofHours(1)));
        var link = data.path("activationLink").textValue();
        assertThat(api.with(null)
                        .get(link.substring(link.indexOf("/activate/")))
                        .expect(200)
                        .text())
                .contains("5 events");

        gateway.clock().advance(Duration.ofMinutes(61));

        awaitTold(2);
        assertThat(told(1).at("/webhook/id").textValue()).isEqualTo(longer);
    }

    private static String window(String window) {
        return "\"replayBuffer\":{\"window\":\"%s\"}".formatted(window);
    }

    /** A subscription whose receiver said that it is gone. */
    private String deactivated(String type, String more, int events) {
        receiver.answers(410);
        var id = subscribeTo(type, receiver.url(), more);
        var event = "{\"type\":\"%s\",\"data\":{}}".formatted(type);
        api.post("/v1/events", Collections.nCopies(events, event).toString()).expect(202);
        awaitState(id, "deactivated");
        return id;
    }

    private void patch(String id, String fields) {
        api.patch("/v1/subscriptions/" + id, "{" + fields + "}").expect(200);
    }

    private void activate(String id, String query) {
        api.post("/v1/subscriptions/" + id + "/activate" + query, null).expect(200);
    }

    private void awaitTold(int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(owner.received()).hasSize(count));
    }

    private JsonNode told(int index) {
        return body(owner.received().get(index)).path("data");
    }

    private void awaitExhausted(String subscription, int count) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(deliveries("subscription=" + subscription + "&status=exhausted"))
                        .hasSize(count));
    }

    private List<JsonNode> events(String type) {
        return api.get("/v1/events?type=" + type)
                .expect(200)
                .json()
                .path("data")
                .valueStream()
                .toList();
    }

    /** The catalogue knows each field by its name, and what may be in it. */
    static void assertDescribed(Api api, String type, JsonNode data) {
        var schema = api.get("/v1/event-types/" + type).expect(200).json().path("schema");
        assertKnown(schema, data);
        assertKnown(schema.at("/$defs/counts"), data.path("counts"));
        assertKnown(schema.at("/$defs/webhook"), data.path("webhook"));
        assertThat(EventSchema.of(schema).violations(data, "")).isEmpty();
    }

    private static void assertKnown(JsonNode schema, JsonNode data) {
        assertThat(schema.path("properties").properties())
                .extracting(Map.Entry::getKey)
                .containsAll(data.properties().stream().map(Map.Entry::getKey).toList());
    }
}
