package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Delays;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BufferFlowTest extends Flow {

    private static final String QUICK = "\"retry\":{\"schedule\":[\"50ms\",\"50ms\"]},"
            + "\"deactivation\":{\"afterFailures\":3,\"over\":\"0s\"},\"concurrency\":1";

    @Test
    void whatComesWhileInactiveIsBufferedCountedAndSentInOrderOnActivation() {
        var subscription = subscribe("");
        var live = publish(0);
        awaitDelivery(live, "succeeded");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);

        var ids = publishMany(1, 30);
        awaitBuffered(subscription, 30);
        assertThat(deliveries("subscription=" + subscription + "&status=buffered"))
                .extracting(d -> d.path("event").textValue())
                .containsExactlyElementsOf(ids.reversed());
        assertThat(receiver.received()).hasSize(1);
        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);

        awaitReceived(31);
        assertThat(numbers())
                .containsExactlyElementsOf(IntStream.range(0, 31).boxed().toList());
        assertThat(receiver.received().subList(1, 31))
                .allSatisfy(r -> assertThat(r.header("waypost-replay")).isEqualTo("true"))
                .extracting(Receiver.Received::id)
                .containsExactlyElementsOf(ids);
        awaitBuffered(subscription, 0);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(deliveries("subscription=" + subscription + "&status=succeeded"))
                        .hasSize(31));
    }

    @Test
    void bufferedDeliveriesCanBeLookedAt() {
        var subscription = subscribe("");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        var event = publish(1);
        awaitBuffered(subscription, 1);

        var delivery = awaitDelivery(event, "buffered");

        assertThat(delivery.path("subscription").textValue()).isEqualTo(subscription);
        assertThat(delivery.path("attempts")).isEmpty();
        assertThat(api.get("/v1/events/" + event)
                        .expect(200)
                        .json()
                        .at("/deliveries/0/status")
                        .textValue())
                .isEqualTo("buffered");
        api.post("/v1/deliveries/" + delivery.path("id").textValue() + "/retry", null)
                .expect(409);
    }

    @Test
    void withoutReplayTheBufferIsDiscarded() {
        var subscription = subscribe("");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        var event = publish(1);
        awaitBuffered(subscription, 1);

        api.post("/v1/subscriptions/" + subscription + "/activate", null).expect(200);

        awaitDelivery(event, "discarded");
        assertThat(subscription(subscription).at("/replayBuffer/count").intValue())
                .isZero();
        var next = publish(2);
        awaitDelivery(next, "succeeded");
        assertThat(numbers()).containsExactly(2);
    }

    @Test
    void theBufferTakesTheFirstFiveDaysAndCountsTheRest() {
        var subscription = subscribe("");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        gateway.clock().advance(Duration.ofDays(4));
        publish(1);
        awaitBuffered(subscription, 1);
        gateway.clock().advance(Duration.ofDays(2));

        publish(2);

        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(subscription).at("/replayBuffer/dropped").intValue())
                .isEqualTo(1));
        gateway.clock().advance(Duration.ofDays(1));
        api.post("/v1/subscriptions/" + subscription + "/activate", "{\"replayEvents\":true}")
                .expect(200);
        awaitReceived(1);
        var live = publish(3);
        awaitDelivery(live, "succeeded");
        assertThat(numbers()).containsExactly(1, 3);
    }

    @Test
    void aReplayTellsHowMuchIsLeftIsStoppedByADeactivationAndGoesOnWhereItStopped() {
        var count = 250;
        receiver.answers((request, exchange) -> {
            Delays.of(5);
            Receiver.status(200).to(request, exchange);
        });
        var subscription = subscribe("");
        var path = "/v1/subscriptions/" + subscription;
        api.post(path + "/deactivate", null).expect(200);
        publishMany(0, count);
        awaitBuffered(subscription, count);

        api.post(path + "/activate?replayEvents=1", null).expect(200);
        await().atMost(SOON).until(() -> receiver.received().size() > 30);
        await().atMost(SOON).until(() -> left(subscription) < count);
        api.post(path + "/deactivate", null).expect(200);

        await().atMost(SOON)
                .until(() -> left(subscription) == count - receiver.received().size());
        assertThat(left(subscription)).isPositive();
        assertThat(deliveries("subscription=" + subscription + "&status=retrying"))
                .isEmpty();
        api.post(path + "/activate?replayEvents=1", null).expect(200);
        awaitReceived(count);
        awaitBuffered(subscription, 0);
        assertThat(numbers())
                .containsExactlyElementsOf(IntStream.range(0, count).boxed().toList());
    }

    private int left(String subscription) {
        return subscription(subscription).at("/replayBuffer/count").intValue();
    }

    @Test
    void aReplayedDeliveryThatFailsFollowsItsOwnScheduleAndHoldsNobodyUp() {
        var subscription = subscribe("\"retry\":{\"schedule\":[\"1h\"]}");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        publishMany(0, 5);
        awaitBuffered(subscription, 5);
        receiver.answersInTurn(200, 500, 200);

        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=true", null)
                .expect(200);

        awaitReceived(5);
        assertThat(numbers()).containsExactly(0, 1, 2, 3, 4);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(deliveries("subscription=" + subscription + "&status=retrying"))
                        .hasSize(1));
        gateway.clock().advance(Duration.ofHours(2));
        awaitReceived(6);
        assertThat(numbers().getLast()).isEqualTo(1);
    }

    @Test
    void orderedLiveEventsWaitForTheReplay() {
        receiver.answers((request, exchange) -> {
            Delays.of(10);
            Receiver.status(200).to(request, exchange);
        });
        var subscription = subscribe("\"ordered\":true");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        publishMany(0, 40);
        awaitBuffered(subscription, 40);

        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);
        publishMany(40, 10);

        awaitReceived(50);
        assertThat(numbers())
                .containsExactlyElementsOf(IntStream.range(0, 50).boxed().toList());
    }

    @Test
    void aRangeOfTheLogIsReplayedAlsoFromBeforeTheSubscription() {
        publishMany(0, 3);
        awaitDispatched();
        var subscription = subscribe("");
        var replay = "/v1/subscriptions/" + subscription + "/replay";

        var dry = api.post(replay, "{\"since\":\"2020-01-01T00:00:00Z\",\"dryRun\":true}")
                .expect(202);
        var real = api.post(replay, "{\"since\":\"2020-01-01T00:00:00Z\"}").expect(202);

        assertThat(List.of(
                        dry.json().path("events").intValue(),
                        real.json().path("events").intValue()))
                .containsExactly(3, 3);
        awaitReceived(3);
        assertThat(receiver.received())
                .allSatisfy(r -> assertThat(r.header("waypost-replay")).isEqualTo("true"));
    }

    @Test
    void twoReplaysOfOneEventAreTwoDeliveries() {
        var subscription = subscribe("");
        var event = publish(1);
        awaitDelivery(event, "succeeded");

        api.post("/v1/events/" + event + "/replay", null).expect(202);
        api.post("/v1/events/" + event + "/replay", "{\"subscriptions\":[\"%s\"]}".formatted(subscription))
                .expect(202);

        awaitReceived(3);
        assertThat(deliveries("event=" + event))
                .extracting(d -> d.path("replay").booleanValue())
                .containsExactly(true, true, false);
    }

    @Test
    void aTestSendsASampleOnceAlsoWhenInactiveAndCountsNowhere() {
        var subscription = subscribe("");
        var other = subscribe("");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);

        var attempt = api.post("/v1/subscriptions/" + subscription + "/test", null)
                .expect(200)
                .json();

        assertThat(attempt.path("outcome").textValue()).isEqualTo("succeeded");
        awaitReceived(1);
        assertThat(receiver.received().getFirst().header("waypost-test")).isEqualTo("true");
        assertThat(deliveries("subscription=" + subscription)).isEmpty();
        assertThat(deliveries("subscription=" + other)).isEmpty();
        assertThat(subscription(subscription).at("/replayBuffer/count").intValue())
                .isZero();
    }
}
