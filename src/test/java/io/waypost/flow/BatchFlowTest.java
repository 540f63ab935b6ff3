package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.delivery.batch.Noted;
import io.waypost.delivery.batch.PendingBatch;
import io.waypost.platform.Json;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several events in one delivery: when they go, and what becomes of them. */
class BatchFlowTest extends Flow {

    @Test
    void aFullBatchGoesAtOnceAsOneRequestWithAnIdOfItsOwn() {
        var subscription = subscribe(batch(3, "1h"));

        publish(0);
        publish(1);
        var last = publish(2);

        var delivery = awaitDelivery(last, "succeeded");
        var request = receiver.received().getFirst();
        assertThat(receiver.received()).hasSize(1);
        assertThat(numbers(request)).containsExactly(0, 1, 2);
        assertThat(request.id()).startsWith("bat_").hasSizeLessThan(64);
        assertThat(request.header("waypost-attempt")).isEqualTo("1");
        assertThat(delivery.path("attempts")).hasSize(1);
        assertThat(subscription(subscription).path("batch"))
                .isEqualTo(Json.read("{\"maxItems\":3,\"maxWait\":\"1h\"}"));
    }

    @Test
    void whatWasCountedOnAnotherNodeAndLiesBeforeALookIsCountedOn() {
        var subscription = subscribe(batch(3, "1h"));
        awaitDelivery(publish(0), "pending");
        var no = gateway.bean(SubscriptionStore.class)
                .find(subscription)
                .orElseThrow()
                .no();

        // As a node looks whose own events, all of them later, are being sent by the other one.
        var noted = gateway.bean(Noted.class);
        noted.full(new PendingBatch(no, Long.MAX_VALUE - 1, 3, 0, 3));
        await().atMost(SOON).until(() -> noted.subscriptions().isEmpty());
        publish(1);
        var last = publish(2);

        awaitDelivery(last, "succeeded");
        assertThat(receiver.received().stream().flatMap(request -> numbers(request).stream()))
                .containsExactly(0, 1, 2);
    }

    @Test
    void aBatchThatIsHalfFullGoesWhenItsFirstEventHasWaitedLongEnough() {
        subscribe(batch(100, "10m"));
        var first = publish(0);
        var waits = awaitDelivery(first, "pending");
        gateway.clock().advance(Duration.ofMinutes(6));
        var second = publish(1);
        awaitDelivery(second, "pending");
        awaitOthersDelivered();
        assertThat(receiver.received()).isEmpty();

        gateway.clock().advance(Duration.ofMinutes(4));

        awaitReceived(1);
        assertThat(numbers(receiver.received().getFirst())).containsExactly(0, 1);
        awaitDelivery(second, "succeeded");
        var created = Instant.parse(waits.path("createdAt").textValue());
        assertThat(Instant.parse(waits.path("nextAttemptAt").textValue())).isEqualTo(created.plusSeconds(600));
    }

    @Test
    void manyEventsGoInFullBatchesInTheOrderOfTheLogAndTheRestWaits() {
        subscribe(batch(3, "10m") + ",\"concurrency\":1");
        var events = publishMany(0, 8);

        awaitReceived(2);
        awaitDelivery(events.get(7), "pending");
        gateway.clock().advance(Duration.ofMinutes(11));

        awaitReceived(3);
        assertThat(receiver.received())
                .extracting(BatchFlowTest::numbers)
                .containsExactly(List.of(0, 1, 2), List.of(3, 4, 5), List.of(6, 7));
        assertThat(receiver.received()).extracting(Receiver.Received::id).doesNotHaveDuplicates();
        events.forEach(event -> awaitDelivery(event, "succeeded"));
    }

    @Test
    void aBatchThatFailsIsTriedAgainAsAWholeAndIsExhaustedForAll() {
        receiver.answers(500);
        var subscription = subscribe(batch(4, "1h") + ",\"retry\":{\"schedule\":[\"50ms\",\"50ms\"]},"
                + "\"deactivation\":{\"afterFailures\":4,\"over\":\"0s\"}");

        var events = publishMany(0, 4);

        for (var event : events) {
            assertThat(awaitDelivery(event, "exhausted").path("attempts"))
                    .extracting(a -> a.path("number").intValue() + " "
                            + a.path("statusCode").intValue())
                    .containsExactly("1 500", "2 500", "3 500");
        }
        assertThat(receiver.received()).hasSize(3);
        assertThat(receiver.received())
                .extracting(Receiver.Received::id)
                .containsOnly(receiver.received().getFirst().id());
        assertThat(receiver.received()).extracting(BatchFlowTest::numbers).containsOnly(List.of(0, 1, 2, 3));
        // Three attempts failed, not twelve.
        assertThat(subscription(subscription).path("state").textValue()).isEqualTo("active");
    }

    @Test
    void aBatchWithALongWaitBeforeItsNextAttemptKeepsItsEventsAndItsId() {
        receiver.answersInTurn(503, 200);
        subscribe(batch(2, "1h") + ",\"retry\":{\"schedule\":[\"30m\"]}");
        var events = publishMany(0, 2);
        awaitDelivery(events.getFirst(), "retrying");
        var later = publishMany(2, 1);

        gateway.clock().advance(Duration.ofMinutes(37));

        awaitReceived(2);
        assertThat(receiver.received()).extracting(BatchFlowTest::numbers).containsOnly(List.of(0, 1));
        assertThat(receiver.received().get(1).id())
                .isEqualTo(receiver.received().getFirst().id());
        assertThat(receiver.received().get(1).header("waypost-attempt")).isEqualTo("2");
        events.forEach(event -> awaitDelivery(event, "succeeded"));
        awaitDelivery(later.getFirst(), "pending");
    }

    @Test
    void orderedBatchesGoOneAfterTheOther() {
        receiver.answersInTurn(500, 500, 200);
        subscribe(batch(2, "1h") + ",\"ordered\":true,\"retry\":{\"schedule\":[\"50ms\",\"7s\"]}");

        var events = publishMany(0, 6);
        awaitReceived(2);
        awaitDelivery(events.getFirst(), "retrying");
        assertThat(receiver.received()).extracting(BatchFlowTest::numbers).containsOnly(List.of(0, 1));
        gateway.clock().advance(Duration.ofSeconds(9));

        awaitReceived(5);
        assertThat(receiver.received())
                .extracting(BatchFlowTest::numbers)
                .containsExactly(List.of(0, 1), List.of(0, 1), List.of(0, 1), List.of(2, 3), List.of(4, 5));
    }

    @Test
    void theDataOfABatchIsBounded() {
        subscribe(batch(100, "1h"));
        var events = new ArrayList<String>();
        for (int i = 0; i < 4; i++) {
            events.add("{\"type\":\"order.created\",\"data\":{\"number\":%d,\"text\":\"%s\"}}"
                    .formatted(i, "x".repeat(400_000)));
        }

        api.post("/v1/events", events.toString()).expect(202);

        awaitReceived(1);
        assertThat(numbers(receiver.received().getFirst())).containsExactly(0, 1);
        gateway.clock().advance(Duration.ofHours(2));
        awaitReceived(2);
        assertThat(numbers(receiver.received().get(1))).containsExactly(2, 3);
    }

    @Test
    void whatIsAskedForByHandGoesByItself() {
        receiver.answersInTurn(500, 200);
        subscribe(batch(3, "1h") + ",\"retry\":{\"schedule\":[]}");
        var events = publishMany(0, 3);
        var delivery = awaitDelivery(events.get(1), "exhausted");

        api.post("/v1/deliveries/%s/retry".formatted(delivery.path("id").textValue()), null)
                .expect(202);

        awaitDelivery(events.get(1), "succeeded");
        awaitDelivery(events.get(2), "exhausted");
        assertThat(numbers(receiver.received().get(1))).containsExactly(1);
        assertThat(receiver.received().get(1).header("waypost-attempt")).isEqualTo("2");
        assertThat(receiver.received().get(1).id())
                .isNotEqualTo(receiver.received().getFirst().id());
    }

    @Test
    void aReplayOfARangeGoesInBatches() {
        var subscription = subscribe(batch(4, "1h"));
        publishMany(0, 4);
        awaitReceived(1);

        api.post("/v1/subscriptions/%s/replay".formatted(subscription), "{\"since\":\"2020-01-01T00:00:00Z\"}")
                .expect(202);

        awaitReceived(2);
        var replayed = receiver.received().get(1);
        assertThat(numbers(replayed)).containsExactly(0, 1, 2, 3);
        assertThat(replayed.header("waypost-replay")).isEqualTo("true");
        assertThat(replayed.id()).isEqualTo(receiver.received().getFirst().id());
    }

    static String batch(int items, String wait) {
        return "\"batch\":{\"maxItems\":%d,\"maxWait\":\"%s\"}".formatted(items, wait);
    }

    static List<Integer> numbers(Receiver.Received request) {
        var events = Json.read(request.body());
        return IntStream.range(0, events.size())
                .mapToObj(events::get)
                .map((JsonNode event) -> event.at("/data/number").intValue())
                .toList();
    }

    /** What is published now has gone through when this returns, and so has all that came before it. */
    private void awaitOthersDelivered() {
        try (var other = new Receiver()) {
            subscribeTo("other.thing", other.url(), "");
            publish("{\"type\":\"other.thing\"}");
            await().atMost(SOON).until(() -> other.received().size() == 1);
        }
    }
}
