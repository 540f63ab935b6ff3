package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeactivationFlowTest extends Flow {

    private static final String QUICK = "\"retry\":{\"schedule\":[\"50ms\",\"50ms\"]},"
            + "\"deactivation\":{\"afterFailures\":3,\"over\":\"0s\"},\"concurrency\":1";

    @Test
    void aReceiverThatStaysBrokenIsDeactivatedAndSaysSince() {
        receiver.answers(500);
        var subscription = subscribe(QUICK);

        publish(1);

        awaitState(subscription, "deactivated");
        var state = subscription(subscription);
        assertThat(state.path("active").booleanValue()).isFalse();
        assertThat(state.at("/deactivation/reason").textValue()).isEqualTo("failures");
        assertThat(state.at("/deactivation/lastError").textValue()).contains("http_status");
        assertThat(state.at("/deactivation/since").textValue()).isNotNull();
        assertThat(state.at("/deactivation/afterFailures").intValue()).isEqualTo(3);
    }

    @Test
    void theDeliveryThatTippedItIsExhaustedIfItsScheduleIsUsedUpAndBufferedOtherwise() {
        receiver.answers(500);
        var used = subscribe(QUICK);
        var event = publish(1);
        awaitState(used, "deactivated");
        awaitDelivery(event, "exhausted");
        api.delete("/v1/subscriptions/" + used).expect(204);

        var left = subscribe("\"retry\":{\"schedule\":[\"50ms\",\"50ms\",\"1h\"]},"
                + "\"deactivation\":{\"afterFailures\":3,\"over\":\"0s\"}");
        var later = publish(2);
        awaitState(left, "deactivated");

        awaitDelivery(later, "buffered");
        awaitBuffered(left, 1);
    }

    @Test
    void goneDeactivatesAtOnceAndPendingDeliveriesGoIntoTheBuffer() {
        receiver.answers(410);
        var subscription = subscribe("");

        var event = publish(1);

        awaitState(subscription, "deactivated");
        assertThat(subscription(subscription).at("/deactivation/reason").textValue())
                .isEqualTo("gone");
        awaitDelivery(event, "buffered");
        awaitBuffered(subscription, 1);
        receiver.answers(200);
        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);
        assertThat(awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(2);
    }

    @Test
    void theFirstFailureAloneDoesNotDeactivateNorDoFailuresWithinAnHour() {
        receiver.answers(500);
        var subscription = subscribe("\"retry\":{\"schedule\":[]}");

        var events = publishMany(0, 30);

        events.forEach(event -> awaitDelivery(event, "exhausted"));
        assertThat(subscription(subscription).path("state").textValue()).isEqualTo("active");
        gateway.clock().advance(Duration.ofMinutes(61));
        publish(30);
        awaitState(subscription, "deactivated");
    }

    @Test
    void aSuccessStartsTheCountAnew() {
        receiver.answersInTurn(500, 500, 200, 500, 500, 200);
        var subscription = subscribe("\"retry\":{\"schedule\":[\"20ms\",\"20ms\"]},"
                + "\"deactivation\":{\"afterFailures\":3,\"over\":\"0s\"},\"ordered\":true");

        publishMany(0, 2);

        awaitReceived(6);
        assertThat(subscription(subscription).path("state").textValue()).isEqualTo("active");
    }

    @Test
    void aDeactivationIsToldOnceAsAnEventWithALinkThatWorksOnce() {
        var owner = new Receiver();
        try (owner) {
            subscribeTo("webhook.deactivated", owner.url(), "");
            receiver.answers(410);
            var subscription = subscribe("");
            publishMany(0, 5);
            awaitState(subscription, "deactivated");

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(owner.received()).hasSize(1));
            var notice = Json.read(owner.received().getFirst().body());
            assertThat(notice.at("/data/webhook/id").textValue()).isEqualTo(subscription);
            NoticeFlowTest.assertDescribed(api, "webhook.deactivated", notice.path("data"));
            var link = notice.at("/data/activationLink").textValue();
            var path = link.substring(link.indexOf("/activate/"));
            var anyone = api.with(null);

            assertThat(anyone.get(path).expect(200).text()).contains("http_status");
            assertThat(subscription(subscription).path("state").textValue()).isEqualTo("deactivated");
            receiver.answers(200);
            anyone.send("POST", path, "replayEvents=1", "Content-Type", "application/x-www-form-urlencoded")
                    .expect(200);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(deliveries("subscription=" + subscription + "&status=succeeded"))
                            .hasSize(5));
            anyone.send("POST", path, "", "Content-Type", "application/x-www-form-urlencoded")
                    .expect(410);
            anyone.get(path + "x").expect(404);
            assertThat(owner.received()).hasSize(1);
        }
    }

    @Test
    void anAnswerToWhatWasSentBeforeTheActivationDoesNotDeactivateAgain() {
        var activated = new CountDownLatch(1);
        receiver.answers((request, exchange) -> {
            if (receiver.received().indexOf(request) > 0) {
                Receiver.status(204).to(request, exchange);
                return;
            }
            awaitLatch(activated);
            Receiver.status(410).to(request, exchange);
        });
        var subscription = subscribe("\"concurrency\":4");
        var event = publish(1);
        awaitReceived(1);
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        gateway.clock().advance(Duration.ofMillis(1));
        api.post("/v1/subscriptions/" + subscription + "/activate", null).expect(200);

        activated.countDown();

        assertThat(awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(2);
        assertThat(subscription(subscription).path("state").textValue()).isEqualTo("active");
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
