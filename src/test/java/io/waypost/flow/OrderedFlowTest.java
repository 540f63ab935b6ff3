package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestStores;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Long lines of ordered subscriptions: several deliveries are taken at once, but each waits for the one before it. */
class OrderedFlowTest extends Flow {

    @Test
    void givenOneThatFailsAmongMany_thenAllBehindItWaitAndNoneComesTwice() {
        var asked = new AtomicInteger();
        receiver.answers((request, exchange) -> {
            var failing = number(request) == 37 && asked.incrementAndGet() < 3;
            Receiver.status(failing ? 500 : 200).to(request, exchange);
        });
        subscribe("\"ordered\":true,\"retry\":{\"schedule\":[\"10m\",\"10m\",\"10m\"]}");

        var events = publishMany(0, 100);

        awaitReceived(38);
        awaitDelivery(events.get(37), "retrying");
        assertThat(deliveries("event=" + events.get(38))
                        .getFirst()
                        .path("status")
                        .textValue())
                .isEqualTo("pending");
        gateway.clock().advance(Duration.ofMinutes(13));
        awaitReceived(39);
        // Its next attempt is planned from when the failure was judged.
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + events.get(37))
                        .getFirst()
                        .path("attemptCount")
                        .intValue())
                .isEqualTo(2));
        gateway.clock().advance(Duration.ofMinutes(13));
        awaitReceived(102);
        assertThat(numbers()).isSorted();
        assertThat(numbers())
                .containsOnlyElementsOf(IntStream.range(0, 100).boxed().toList());
        assertThat(numbers().stream().filter(n -> n == 37)).hasSize(3);
    }

    /** The fence of a row counts how often it was claimed: it begins with 1. */
    @Test
    void givenALongLine_thenWhatIsTakenTogetherIsMadeTogetherAndNotGivenBack() {
        var subscription = subscribe("\"ordered\":true");

        var events = publishMany(0, 200);

        awaitDelivery(events.getLast(), "succeeded");
        var no = gateway.bean(SubscriptionStore.class)
                .find(subscription)
                .orElseThrow()
                .no();
        var claimedOnce = TestStores.fences(gateway.bean(DataSource.class)).entrySet().stream()
                .filter(delivery -> delivery.getKey().subscription() == no && delivery.getValue() <= 2)
                .count();
        assertThat(claimedOnce).isGreaterThan(180);
    }

    @Test
    void givenAManualDeactivationInTheMiddle_thenWhatWasTakenIsBufferedAndComesInOrderAfterwards() {
        var mayGoOn = new CountDownLatch(1);
        receiver.answers((request, exchange) -> {
            if (number(request) == 9) {
                awaitUninterruptibly(mayGoOn);
            }
            Receiver.status(200).to(request, exchange);
        });
        var id = subscribe("\"ordered\":true");

        publishMany(0, 60);
        awaitReceived(10);
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        mayGoOn.countDown();

        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(id).at("/replayBuffer/count").intValue())
                .isBetween(50, 51));
        assertThat(receiver.received()).hasSize(10);
        api.post("/v1/subscriptions/" + id + "/activate?replayEvents=1", null).expect(200);
        await().atMost(SOON).until(() -> numbers().contains(59));
        assertThat(numbers()).isSorted();
        assertThat(numbers().stream().distinct()).hasSize(60);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
