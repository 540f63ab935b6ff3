package io.waypost.flow;

import static io.waypost.flow.BatchFlowTest.batch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What waits for a batch when its subscription changes. */
class BatchChangesFlowTest extends Flow {

    @Test
    void whatWaitsGoesIntoTheBufferAndComesOutInBatches() {
        var subscription = subscribe(batch(3, "1h"));
        var before = publishMany(0, 2);
        before.forEach(event -> awaitDelivery(event, "pending"));

        api.post("/v1/subscriptions/%s/deactivate".formatted(subscription), null)
                .expect(200);
        before.forEach(event -> awaitDelivery(event, "buffered"));
        publishMany(2, 3);
        awaitBuffered(subscription, 5);
        assertThat(receiver.received()).isEmpty();
        api.post("/v1/subscriptions/%s/activate?replayEvents=1".formatted(subscription), null)
                .expect(200);

        await().atMost(SOON)
                .until(() -> deliveries("subscription=%s&status=succeeded".formatted(subscription))
                                .size()
                        == 5);
        assertThat(receiver.received().stream().map(BatchFlowTest::numbers).flatMap(List::stream))
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4);
        assertThat(receiver.received()).hasSizeLessThan(4).allSatisfy(request -> assertThat(
                        request.header("waypost-replay"))
                .isEqualTo("true"));
    }

    @Test
    void aBatchThatIsRefusedForGoodSwitchesOffAndAllOfItIsBuffered() {
        receiver.answersInTurn(410, 200);
        var subscription = subscribe(batch(3, "1h"));

        var events = publishMany(0, 3);

        awaitState(subscription, "deactivated");
        events.forEach(event -> awaitDelivery(event, "buffered"));
        api.post("/v1/subscriptions/%s/activate?replayEvents=1".formatted(subscription), null)
                .expect(200);
        events.forEach(event -> assertThat(
                        awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(2));
        awaitReceived(2);
        assertThat(receiver.received()).extracting(BatchFlowTest::numbers).containsOnly(List.of(0, 1, 2));
    }

    @Test
    void withoutAReplayWhatWaitedIsDiscarded() {
        var subscription = subscribe(batch(10, "1h"));
        var event = publish(1);
        awaitDelivery(event, "pending");

        api.post("/v1/subscriptions/%s/deactivate".formatted(subscription), null)
                .expect(200);
        api.post("/v1/subscriptions/%s/activate".formatted(subscription), null).expect(200);

        awaitDelivery(event, "discarded");
        assertThat(receiver.received()).isEmpty();
    }

    @Test
    void whenThereAreToBeNoMoreBatchesWhatWaitsGoesByItselfSoon() {
        var subscription = subscribe(batch(10, "1h"));
        var events = publishMany(0, 3);
        events.forEach(event -> awaitDelivery(event, "pending"));
        awaitGroups(subscription, 1);

        api.patch("/v1/subscriptions/" + subscription, "{\"batch\":null}").expect(200);

        events.forEach(event -> awaitDelivery(event, "succeeded"));
        assertThat(receiver.received()).extracting(Receiver.Received::id).containsExactlyInAnyOrderElementsOf(events);
        assertThat(subscription(subscription).has("batch")).isFalse();
        awaitGroups(subscription, 0);
    }

    @Test
    void whenBatchesAreToBeSmallerWhatWaitsGoesSoon() {
        var subscription = subscribe(batch(10, "1h"));
        var events = publishMany(0, 5);
        events.forEach(event -> awaitDelivery(event, "pending"));
        awaitGroups(subscription, 1);

        api.patch("/v1/subscriptions/" + subscription, "{\"batch\":{\"maxItems\":2}}")
                .expect(200);

        events.forEach(event -> awaitDelivery(event, "succeeded"));
        assertThat(receiver.received())
                .hasSize(3)
                .extracting(request -> BatchFlowTest.numbers(request).size())
                .containsExactlyInAnyOrder(2, 2, 1);
    }

    @Test
    void whenASubscriptionIsDeletedNothingOfItsBatchIsLeft() {
        var subscription = subscribe(batch(10, "1m"));
        var event = publish(1);
        awaitDelivery(event, "pending");
        awaitGroups(subscription, 1);
        var no = number(subscription);

        api.delete("/v1/subscriptions/" + subscription).expect(204);

        assertThat(deliveries("event=" + event)).isEmpty();
        await().atMost(SOON).until(() -> groups(no) == 0);
        gateway.clock().advance(Duration.ofMinutes(2));
        var other = subscribe("");
        awaitDelivery(publish(2), "succeeded");
        assertThat(receiver.received()).hasSize(1);
        assertThat(other).isNotEqualTo(subscription);
    }

    private void awaitGroups(String subscription, int count) {
        var no = number(subscription);
        await().atMost(SOON).until(() -> groups(no) == count);
    }

    private int groups(long no) {
        return gateway.bean(JdbcClient.class)
                .sql("select count(*) from batch_group where id = :id")
                .param("id", String.valueOf(no))
                .query(Integer.class)
                .single();
    }

    private long number(String subscription) {
        return gateway.bean(JdbcClient.class)
                .sql("select no from subscription where id = :id")
                .param("id", subscription)
                .query(Long.class)
                .single();
    }
}
