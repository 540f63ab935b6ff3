package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.event.EventLog;
import io.waypost.event.NewEvent;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I8: one bad thing is set aside with an error that names it; the rest goes on. */
class SetAsideFlowTest extends Flow {

    @Test
    void aBrokenConnectorFileIsNamedAndTheRestGoesOn(@TempDir Path connectors) throws IOException {
        Files.writeString(connectors.resolve("broken.kamelet.yaml"), "kind: Kamelet\nspec: [this is no map\n");
        try (var own = Gateway.with(Map.of("waypost.connectors-dir", connectors.toString()))) {
            var listed = own.admin().get("/v1/connectors").expect(200).text();
            var health = own.admin().get("/actuator/health").expect(200).text();

            assertThat(listed).contains("\"state\":\"failed\"", "broken");
            assertThat(own.admin().get("/v1/connectors/webhook").expect(200).text())
                    .contains("\"state\":\"ready\"");
            assertThat(health).contains("broken");
        }
    }

    @Test
    void aConditionThatFailsForOneEventLetsTheOthersPass() {
        subscribe("\"condition\":\"$number(data.number) >= 0\"");

        publish("{\"type\":\"order.created\",\"data\":{\"number\":\"none\"}}");
        publish(2);

        awaitReceived(1);
        assertThat(numbers()).containsExactly(2);
    }

    @Test
    void anEventThatCannotBeCountedForItsCampaignIsLeftOutAndTheOthersCount() {
        var opened = "{\"campaign\":\"7\"}";
        var now = gateway.clock().instant();
        // Of a tenant that does not exist.
        gateway.bean(EventLog.class)
                .append(
                        List.of(List.of(new NewEvent(
                                "nobody", "message.opened", "/", null, null, now, false, null, opened, false))),
                        now);

        publish("{\"type\":\"message.opened\",\"data\":%s}".formatted(opened));

        await().atMost(SOON).untilAsserted(() -> assertThat(api.get("/v1/campaigns/7")
                        .expect(200)
                        .json()
                        .at("/events/opened")
                        .intValue())
                .isEqualTo(1));
        assertThat(gateway.admin().get("/actuator/prometheus").expect(200).text())
                .containsPattern("\\nwaypost_campaigns_uncounted_total [1-9]");
    }

    @Test
    void anAnswerFullOfOddBytesIsRecordedAndTheDeliveryEnds() {
        receiver.answers((_, exchange) -> {
            var odd = new byte[] {0, 1, (byte) 0xff, (byte) 0xfe, 'o', 'k', 0};
            exchange.sendResponseHeaders(500, odd.length);
            exchange.getResponseBody().write(odd);
        });
        subscribe("\"retry\":{\"schedule\":[]}");

        var event = publish(1);

        var attempt = awaitDelivery(event, "exhausted").at("/attempts/0");
        assertThat(attempt.path("responseBody").textValue()).contains("ok").doesNotContain("\0");
    }

    @Test
    void aSubscriptionDeletedDuringAnAttemptHoldsNothingUp() {
        var deleted = new CountDownLatch(1);
        receiver.answers(Receiver.onceOpen(deleted, Receiver.status(500)));
        var subscription = subscribe("\"retry\":{\"schedule\":[\"1h\"]}");
        var event = publish(1);
        awaitDelivery(event, "pending");
        assertThat(receiver.received()).hasSize(1);

        api.delete("/v1/subscriptions/" + subscription).expect(204);
        deleted.countDown();

        receiver.answers(200);
        subscribe("");
        publish(2);
        awaitReceived(2);
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event + "&status=pending"))
                .isEmpty());
    }
}
