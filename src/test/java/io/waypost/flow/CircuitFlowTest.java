package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A receiver that hangs, and what happens to what is for it. */
class CircuitFlowTest extends Flow {

    private static final Duration PAST_THE_FIRST_PROBE = Duration.ofSeconds(6);

    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicBoolean hangs = new AtomicBoolean(true);

    @BeforeEach
    void hang() {
        receiver.answers((request, exchange) -> {
            if (hangs.get()) {
                awaitEnd();
            }
            Receiver.status(204).to(request, exchange);
        });
    }

    @AfterEach
    void letGo() {
        end.countDown();
    }

    private void awaitEnd() {
        try {
            end.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private JsonNode awaitCircuit(String subscription, String state) {
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(subscription).at("/circuit/state").textValue())
                .isEqualTo(state));
        return subscription(subscription).path("circuit");
    }

    /** A request may be cut off before the receiver has read it, so what was received is at most what was attempted. */
    private String subscribeHanging(String more) {
        return subscribe("\"timeout\":\"300ms\"" + more);
    }

    /** What is not known to be wanted when it is dispatched may turn out not to be when it is its turn to be the probe. */
    @Test
    void whatIsNotWantedIsNoProbe() {
        var slow = "$count($map([1..4000], function($i) { $i * 2 })) > 0 and data.number % 2 = 0";
        var subscription = subscribeHanging(
                ",\"concurrency\":5,\"retry\":{\"schedule\":[\"1h\"]},\"condition\":\"%s\"".formatted(slow));
        IntStream.range(0, 5).forEach(i -> publish(2 * i));
        awaitCircuit(subscription, "open");
        // More than could each take a look at what is due.
        api.post(
                        "/v1/events",
                        IntStream.range(50, 150)
                                .mapToObj(i ->
                                        "{\"type\":\"order.created\",\"data\":{\"number\":%d}}".formatted(2 * i + 1))
                                .collect(Collectors.joining(",", "[", "]")))
                .expect(202);
        var wanted = publish(40);
        awaitDelivery(wanted, "pending");

        hangs.set(false);
        gateway.clock().advance(PAST_THE_FIRST_PROBE);

        awaitDelivery(wanted, "succeeded");
    }

    private static Duration untilProbe(JsonNode circuit) {
        return Duration.between(
                Instant.parse(circuit.path("since").textValue()),
                Instant.parse(circuit.path("nextProbeAt").textValue()));
    }

    @Test
    void afterFiveTimeoutsInARowNewDeliveriesWaitWithoutAnAttemptUntilAProbeIsAnswered() {
        var subscription = subscribeHanging(",\"concurrency\":5,\"retry\":{\"schedule\":[\"1h\"]}");
        assertThat(subscription(subscription).path("circuit").toString())
                .isEqualTo("{\"state\":\"closed\",\"since\":null,\"nextProbeAt\":null,\"timeouts\":0}");

        publishMany(0, 5);
        var circuit = awaitCircuit(subscription, "open");
        var held = publishMany(5, 20);

        assertThat(circuit.path("timeouts").intValue()).isEqualTo(5);
        assertThat(untilProbe(circuit)).isEqualTo(Duration.ofSeconds(5));
        held.forEach(event -> assertThat(
                        awaitDelivery(event, "pending").path("attemptCount").intValue())
                .isZero());
        assertThat(numbers()).allMatch(number -> number < 5);

        hangs.set(false);
        gateway.clock().advance(Duration.ofHours(2));

        held.forEach(event -> awaitDelivery(event, "succeeded"));
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("subscription=" + subscription))
                .hasSize(25)
                .allSatisfy(d -> assertThat(d.path("status").textValue()).isEqualTo("succeeded")));
        assertThat(deliveries("subscription=" + subscription).stream()
                        .mapToInt(d -> d.path("attemptCount").intValue())
                        .sum())
                .as("the five that timed out had two attempts, all others one")
                .isEqualTo(30);
        assertThat(awaitCircuit(subscription, "closed").path("timeouts").intValue())
                .isZero();
    }

    @Test
    void aProbeThatFailsIsTheOnlyAttemptAndDoublesTheWait() {
        var subscription = subscribeHanging(",\"concurrency\":5,\"retry\":{\"schedule\":[\"1h\"]}");
        publishMany(0, 5);
        awaitCircuit(subscription, "open");
        publishMany(5, 20);

        gateway.clock().advance(PAST_THE_FIRST_PROBE);

        await().atMost(SOON).untilAsserted(() -> {
            var circuit = subscription(subscription).path("circuit");
            assertThat(circuit.path("timeouts").intValue()).isEqualTo(6);
            assertThat(circuit.path("state").textValue()).isEqualTo("open");
            assertThat(untilProbe(circuit)).isEqualTo(Duration.ofSeconds(10));
        });
        assertThat(receiver.received()).hasSizeLessThanOrEqualTo(6);
    }

    @Test
    void theMetricsPageNamesTheSubscriptionAtFault() {
        var fine = new Receiver();
        try (fine) {
            var hung = subscribeHanging(",\"concurrency\":5,\"retry\":{\"schedule\":[\"1h\"]}");
            var well = subscribeTo("order.created", fine.url(), "");
            publishMany(0, 5);
            awaitCircuit(hung, "open");

            await().atMost(SOON).untilAsserted(() -> {
                var page =
                        gateway.admin().get("/actuator/prometheus").expect(200).text();
                assertThat(page)
                        .contains("waypost_circuit_open{subscription=\"" + hung + "\"} 1.0")
                        .contains("waypost_unanswered_subscription{subscription=\"" + hung + "\"} 5.0")
                        .containsPattern("(?m)^waypost_circuits_open [1-9]")
                        .doesNotContain("waypost_circuit_open{subscription=\"" + well);
            });
        }
    }

    @Test
    void whatSomebodyRetriesByHandIsSentAtOnceAndItsAnswerClosesTheCircuit() {
        var subscription = subscribeHanging(",\"concurrency\":5,\"retry\":{\"schedule\":[\"1h\"]}");
        var first = publishMany(0, 5).getFirst();
        awaitCircuit(subscription, "open");
        hangs.set(false);
        var delivery = awaitDelivery(first, "retrying");

        api.post("/v1/deliveries/" + delivery.path("id").textValue() + "/retry", null)
                .expect(202);

        awaitDelivery(first, "succeeded");
        awaitCircuit(subscription, "closed");
        assertThat(receiver.received()).hasSizeLessThanOrEqualTo(6);
    }

    @Test
    void aChangeOfTheSubscriptionClosesItsCircuit() {
        var subscription = subscribeHanging(",\"concurrency\":5,\"retry\":{\"schedule\":[\"1h\"]}");
        publishMany(0, 5);
        awaitCircuit(subscription, "open");
        var fine = new Receiver();
        try (fine) {
            api.patch("/v1/subscriptions/" + subscription, "{\"config\":{\"url\":\"%s\"}}".formatted(fine.url()))
                    .expect(200);

            publish(9);

            await().atMost(SOON).untilAsserted(() -> assertThat(fine.received()).hasSize(1));
        }
    }

    @Test
    void anOrderedSubscriptionKeepsItsOrder() {
        var subscription = subscribeHanging(
                ",\"ordered\":true,\"retry\":{\"schedule\":[\"20ms\",\"20ms\",\"20ms\",\"20ms\",\"20ms\",\"20ms\"]}");
        publishMany(0, 10);
        awaitCircuit(subscription, "open");
        assertThat(numbers()).containsOnly(0);

        hangs.set(false);
        gateway.clock().advance(PAST_THE_FIRST_PROBE);

        await().atMost(SOON).until(() -> numbers().contains(9));
        assertThat(numbers().subList(numbers().size() - 10, numbers().size()))
                .containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
    }

    @Test
    void aReplayWaitsForTheProbeInsteadOfSpendingItsAttempts() {
        var subscription = subscribeHanging(",\"retry\":{\"schedule\":[\"1h\"]}");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        publishMany(0, 10);
        awaitBuffered(subscription, 10);

        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);
        awaitCircuit(subscription, "open");
        assertThat(numbers()).isSubsetOf(0, 1, 2, 3, 4);
        hangs.set(false);
        gateway.clock().advance(PAST_THE_FIRST_PROBE);

        await().atMost(SOON).until(() -> numbers().contains(9));
        assertThat(numbers().stream().filter(number -> number > 4)).containsExactly(5, 6, 7, 8, 9);
    }
}
