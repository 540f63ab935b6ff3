package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Deliveries that leave in runs, as MailWizz's do when its cron runs. */
class ScheduledFlowTest extends Flow {

    private static final String SCHEDULED = "\"dispatch\":{\"mode\":\"scheduled\"}";

    @Test
    @DisplayName("G11: nothing leaves until the command runs, and two runs at once send nothing twice")
    void onCommand() {
        subscribe(SCHEDULED);
        var instant = subscribeTo("order.created", receiver.url("/instant"), "");
        var events = publishMany(1, 40);
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("subscription=" + instant + "&status=succeeded"))
                .hasSize(40));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(deliveries("status=pending")).hasSize(40));
        assertThat(held()).isZero();

        List<Future<Integer>> runs;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            runs = IntStream.range(0, 4)
                    .mapToObj(_ -> threads.submit(() -> dispatch("{}")))
                    .toList();
        }

        assertThat(runs.stream().mapToInt(Future::resultNow).sum()).isEqualTo(40);
        await().atMost(SOON).untilAsserted(() -> assertThat(held()).isEqualTo(40));
        assertThat(dispatch("{}")).isZero();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(deliveries("status=pending")).isEmpty());
        assertThat(receiver.received().stream()
                        .filter(r -> r.path().equals("/hook"))
                        .map(r -> r.id()))
                .containsExactlyInAnyOrderElementsOf(events);
    }

    @Test
    @DisplayName("G11, G13: a retry waits for its time and then for a run; its time alone does not send it")
    void retries() {
        receiver.answersInTurn(500, 200);
        subscribe(SCHEDULED + ",\"retry\":{\"profile\":\"gemmail\"}");
        var event = publish(1);
        awaitDelivery(event, "pending");
        assertThat(dispatch("{}")).isEqualTo(1);
        awaitDelivery(event, "retrying");

        assertThat(dispatch("{}")).isZero();
        gateway.clock().advance(Duration.ofMinutes(73));
        awaitDelivery(publishTo("/other"), "succeeded");
        assertThat(held()).isEqualTo(1);

        assertThat(dispatch("{}")).isEqualTo(1);
        assertThat(awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(2);
    }

    @Test
    @DisplayName("G11: separate runs for opens and clicks")
    void separateRuns() {
        var opens = subscribeTo("message.opened", receiver.url("/opens"), SCHEDULED);
        subscribeTo("message.clicked", receiver.url("/clicks"), SCHEDULED);
        publish("message.opened", "gemmail.open.json");
        publish("message.clicked", "gemmail.click.json");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(deliveries("status=pending")).hasSize(2));

        assertThat(dispatch("{\"event\":\"message.clicked\"}")).isEqualTo(1);
        awaitReceived(1);
        assertThat(receiver.received().getFirst().path()).isEqualTo("/clicks");
        assertThat(dispatch("{\"subscription\":\"%s\"}".formatted(opens))).isEqualTo(1);
        awaitReceived(2);
        assertThat(gateway.tenant()
                        .post("/v1/dispatch", null)
                        .expect(200)
                        .json()
                        .path("deliveries")
                        .intValue())
                .isZero();
    }

    @Test
    @DisplayName("G11: by cron, without a command")
    void byCron() {
        subscribe("\"dispatch\":{\"mode\":\"scheduled\",\"cron\":\"0 3 * * *\"}");
        var event = publish(1);
        awaitDelivery(event, "pending");
        awaitDelivery(publishTo("/other"), "succeeded");
        assertThat(held()).isZero();

        gateway.clock().advance(Duration.ofDays(1));

        awaitDelivery(event, "succeeded");
    }

    @Test
    void whatWaitsLeavesWhenTheModeIsSwitchedOff() {
        var id = subscribe(SCHEDULED);
        assertThat(subscription(id).at("/dispatch/mode").textValue()).isEqualTo("scheduled");
        var event = publish(1);
        awaitDelivery(event, "pending");

        api.patch("/v1/subscriptions/" + id, "{\"dispatch\":null}").expect(200);

        awaitDelivery(event, "succeeded");
        assertThat(subscription(id).has("dispatch")).isFalse();
    }

    @Test
    void whatWasMissedWaitsForARunToo() {
        var id = subscribe(SCHEDULED);
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        var event = publish(1);
        awaitBuffered(id, 1);
        api.post("/v1/subscriptions/" + id + "/activate?replayEvents=1", null).expect(200);
        awaitDelivery(event, "pending");
        awaitDelivery(publishTo("/other"), "succeeded");
        assertThat(held()).isZero();

        assertThat(dispatch("{}")).isEqualTo(1);

        awaitDelivery(event, "succeeded");
    }

    @Test
    void aCronThatIsNoneIsRefused() {
        var refused = api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"a.b\",\"url\":\"%s\",\"dispatch\":{\"mode\":\"scheduled\",\"cron\":\"now and then\"}}"
                                .formatted(receiver.url()))
                .expect(422);
        assertThat(refused.json().at("/errors/0/pointer").textValue()).isEqualTo("/dispatch/cron");
    }

    /** What a subscription without runs got by the time it got this. */
    private String publishTo(String path) {
        var type = "beacon." + path.substring(1);
        subscribeTo(type, receiver.url(path), "");
        receiver.answers(200);
        return publish("{\"type\":\"%s\"}".formatted(type));
    }

    private int held() {
        return (int) receiver.received().stream()
                .filter(r -> r.path().equals("/hook"))
                .count();
    }

    private int dispatch(String order) {
        return api.post("/v1/dispatch", order)
                .expect(200)
                .json()
                .path("deliveries")
                .intValue();
    }
}
