package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.DeliveryQueues;
import io.waypost.testing.Receiver;
import io.waypost.testing.Receiver.Received;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A delivery that waits a few seconds for its next attempt holds nothing that others could use meanwhile. */
class ShortWaitFlowTest extends Flow {

    private final Set<String> tried = ConcurrentHashMap.newKeySet();

    /** Answers the first attempt of those with 500. */
    private Receiver.Answer failingFirst(Set<Integer> numbers) {
        return (request, exchange) ->
                Receiver.status(fails(request, numbers) ? 500 : 204).to(request, exchange);
    }

    private boolean fails(Received request, Set<Integer> numbers) {
        return numbers.contains(number(request)) && tried.add(request.id());
    }

    @Test
    void itsPlaceIsTheNextOnes() {
        receiver.answers(failingFirst(Set.of(1)));
        subscribe("\"concurrency\":1,\"retry\":{\"schedule\":[\"2s\"]}");
        var failing = publish(1);
        awaitReceived(1);

        publish(2);
        awaitReceived(3);

        assertThat(numbers()).containsExactly(1, 2, 1);
        awaitDelivery(failing, "succeeded");
    }

    @Test
    void aReceiverThatFailsOnceForEachEventDoesNotCrawl() {
        var all = Set.copyOf(IntStream.range(0, 1_000).boxed().toList());
        receiver.answers(failingFirst(all));
        subscribe("\"retry\":{\"schedule\":[\"2s\"]}");

        for (int i = 0; i < 1_000; i += 100) {
            publishMany(i, 100);
        }

        awaitReceived(2_000);
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        gateway.bean(DeliveryQueues.class).inFlight())
                .isZero());
        assertThat(deliveries("status=retrying")).isEmpty();
    }

    @Test
    void whatIsTriedByHandMeanwhileIsNotTriedAgainWhenItsWaitIsOver() {
        receiver.answers(failingFirst(Set.of(1)));
        subscribe("\"retry\":{\"schedule\":[\"2s\",\"30d\"]}");
        var event = publish(1);
        awaitReceived(1);
        var delivery = awaitDelivery(event, "retrying").path("id").textValue();

        api.post("/v1/deliveries/" + delivery + "/retry", "").expect(202);
        awaitReceived(2);
        awaitDelivery(event, "succeeded");

        var queues = gateway.bean(DeliveryQueues.class);
        await().atMost(SOON).until(() -> queues.resting() == 0 && queues.inFlight() == 0);
        assertThat(receiver.received()).hasSize(2);
    }

    @Test
    void whatIsSwitchedOffMeanwhileGoesIntoTheBufferWhenItsWaitIsOver() {
        receiver.answers(500);
        var subscription = subscribe("\"retry\":{\"schedule\":[\"1s\",\"30d\"]}");
        var event = publish(1);
        awaitReceived(1);
        awaitDelivery(event, "retrying");

        api.post("/v1/subscriptions/" + subscription + "/deactivate", "{}").expect(200);

        awaitBuffered(subscription, 1);
        assertThat(receiver.received()).hasSize(1);
        assertThat(gateway.bean(DeliveryQueues.class).busiest(10)).isEqualTo(Map.of());
    }
}
