package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.event.EventLog;
import io.waypost.replay.Housekeeping;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetentionTest extends Flow {

    private void purgeAfter(Duration time) {
        gateway.clock().advance(time);
        gateway.bean(Housekeeping.class).purge();
    }

    @Test
    void oldEventsGoWithTheirDeliveriesAndAttempts() {
        receiver.answersInTurn(500, 200);
        subscribe("\"retry\":{\"schedule\":[\"20ms\"]}");
        var event = publish(1);
        var delivery = awaitDelivery(event, "succeeded").path("id").textValue();
        purgeAfter(Duration.ofDays(29));
        api.get("/v1/events/" + event).expect(200);
        api.get("/v1/deliveries/" + delivery).expect(200);

        purgeAfter(Duration.ofDays(2));

        api.get("/v1/events/" + event).expect(404);
        api.get("/v1/deliveries/" + delivery).expect(404);
        assertThat(deliveries("")).isEmpty();
    }

    @Test
    void moreThanOneBatchGoesBatchByBatch() {
        publishMany(0, 600);
        publishMany(600, 600);
        gateway.clock().advance(Duration.ofDays(31));
        var events = gateway.bean(EventLog.class);
        var cutoff = gateway.clock().instant().minus(Duration.ofDays(30));
        // Fanned out: until then they are needed.
        await().atMost(SOON).until(() -> events.settled() == events.last());

        var first = events.purge(0, events.firstSince(cutoff), 100, _ -> false);
        assertThat(first.gone()).isEqualTo(100);
        gateway.bean(Housekeeping.class).purge();

        assertThat(api.get("/v1/events").expect(200).json().path("data")).isEmpty();
    }

    @Test
    void whatStillWaitsForAnAttemptIsKept() {
        receiver.answersInTurn(500, 500, 200);
        subscribe("\"retry\":{\"schedule\":[\"30d\",\"30d\"]}");
        var event = publish(1);
        awaitDelivery(event, "retrying");

        purgeAfter(Duration.ofDays(37));

        await().atMost(SOON)
                .until(() ->
                        awaitDelivery(event, "retrying").path("attemptCount").intValue() == 2);
        purgeAfter(Duration.ofDays(1));
        api.get("/v1/events/" + event).expect(200);
        gateway.clock().advance(Duration.ofDays(37));
        awaitDelivery(event, "succeeded");
    }

    @Test
    void aBufferOfOneSubscriptionKeepsNothingOfOtherTenantsNorWhatItsOwnDoesNotNeed() {
        receiver.answers(410);
        var before = publish("{\"type\":\"order.paid\",\"data\":{}}");
        awaitDispatched();
        var subscription = subscribe("");
        var first = publish(0);
        awaitState(subscription, "deactivated");
        awaitDelivery(first, "buffered");
        var stranger = gateway.tenant();
        var theirs = stranger.post("/v1/events", "{\"type\":\"order.created\",\"data\":{\"email\":\"a@b.example\"}}")
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();
        var unwanted = publish("{\"type\":\"order.paid\",\"data\":{}}");
        var last = publish(1);
        awaitBuffered(subscription, 2);
        gateway.clock().advance(Duration.ofDays(6));
        var afterTheWindow = publish(2);
        await().atMost(SOON)
                .until(() ->
                        subscription(subscription).at("/replayBuffer/dropped").intValue() == 1);

        purgeAfter(Duration.ofDays(40));

        for (var gone : List.of(before, unwanted, afterTheWindow)) {
            api.get("/v1/events/" + gone).expect(404);
        }
        stranger.get("/v1/events/" + theirs).expect(404);
        for (var kept : List.of(first, last)) {
            api.get("/v1/events/" + kept).expect(200);
        }
        receiver.answers(200);
        receiver.received().clear();
        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);
        awaitReceived(2);
        assertThat(numbers()).containsExactly(0, 1);
    }

    @Test
    void whatABufferHoldsIsKeptHoweverLongItWaits() {
        receiver.answers(410);
        var subscription = subscribe("");
        var tipped = publish(0);
        awaitState(subscription, "deactivated");
        awaitDelivery(tipped, "buffered");
        publishMany(1, 9);
        awaitBuffered(subscription, 10);
        receiver.answers(200);
        receiver.received().clear();

        purgeAfter(Duration.ofDays(40));

        assertThat(subscription(subscription).at("/replayBuffer/count").intValue())
                .isEqualTo(10);
        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);
        awaitReceived(10);
        assertThat(numbers())
                .containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
    }
}
