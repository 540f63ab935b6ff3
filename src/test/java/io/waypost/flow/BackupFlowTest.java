package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Receiver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A URL that is dead, and the one that stands in for it. */
class BackupFlowTest extends Flow {

    private static final String QUICK =
            "\"retry\":{\"schedule\":[\"50ms\",\"50ms\",\"50ms\"]},\"deactivation\":{\"afterFailures\":2,\"over\":\"0s\"}";

    private Receiver backup;

    @Override
    @BeforeEach
    protected void open() {
        super.open();
        backup = new Receiver();
    }

    @Override
    @AfterEach
    protected void close() {
        super.close();
        backup.close();
    }

    @Test
    void whatFailedGoesOnAtTheBackupAndActivationGoesBack() {
        var id = subscribeWithBackup();
        receiver.answers(500);

        var event = publish(1);

        assertThat(awaitDelivery(event, "succeeded").path("attempts").findValuesAsText("statusCode"))
                .containsExactly("500", "500", "204");
        assertThat(backup.received()).extracting(Receiver.Received::id).containsExactly(event);
        var shown = subscription(id);
        assertThat(shown.path("state").textValue()).isEqualTo("active");
        assertThat(shown.at("/backup/lastError").textValue()).contains("500");
        assertThat(shown.at("/config/url").textValue()).isEqualTo(receiver.url());
        receiver.answers(204).received().clear();

        api.post("/v1/subscriptions/" + id + "/activate", null).expect(200);

        var next = publish(2);
        awaitDelivered(next);
        assertThat(subscription(id).has("backup")).isFalse();
        assertThat(backup.received()).hasSize(1);
    }

    @Test
    void eachTimeTheBackupTakesOverIsToldOnceWithALinkThatLeadsBack() {
        try (var owner = new Receiver()) {
            subscribeTo("webhook.on_backup", owner.url(), "");
            var id = subscribeWithBackup();
            receiver.answers(410);
            publishMany(0, 5);
            await().atMost(SOON)
                    .until(() -> deliveries("subscription=" + id + "&status=succeeded")
                                    .size()
                            == 5);
            await().atMost(SOON).until(() -> !owner.received().isEmpty());

            var told = body(owner.received().getFirst()).path("data");
            NoticeFlowTest.assertDescribed(api, "webhook.on_backup", told);
            assertThat(told.at("/webhook/id").textValue()).isEqualTo(id);
            assertThat(told.at("/webhook/url").textValue()).isEqualTo(receiver.url());
            assertThat(told.path("backupUrl").textValue()).isEqualTo(backup.url());
            assertThat(told.path("reason").textValue()).isEqualTo("gone");
            assertThat(told.path("lastError").textValue()).contains("410");
            var page = told.path("activationLink").textValue();
            page = page.substring(page.indexOf("/activate/"));
            var anyone = api.with(null);
            assertThat(anyone.get(page).expect(200).text()).contains("backup URL", "410");
            assertThat(subscription(id).has("backup")).isTrue();

            anyone.send("POST", page, "", "Content-Type", "application/x-www-form-urlencoded")
                    .expect(200);

            assertThat(subscription(id).has("backup")).isFalse();
            anyone.get(page).expect(410);
            publish(5);
            await().atMost(SOON).untilAsserted(() -> assertThat(subscription(id).has("backup"))
                    .isTrue());
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(owner.received()).hasSize(2));
        }
    }

    @Test
    void aReceiverThatIsGoneIsDeadToo() {
        var id = subscribeWithBackup();
        receiver.answers(410);

        publish(1);

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(subscription(id).has("backup")).isTrue());
        awaitDelivery(publish(2), "succeeded");
        assertThat(backup.received()).isNotEmpty();
    }

    @Test
    void whenTheBackupIsDeadAsWellTheSubscriptionIsDeactivated() {
        var id = subscribeWithBackup();
        receiver.answers(500);
        backup.answers(500);

        publish(1);
        publish(2);

        awaitState(id, "deactivated");
        assertThat(receiver.received()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(backup.received()).hasSizeGreaterThanOrEqualTo(1);
    }

    @Test
    void theBackupIsCheckedAsTheUrlIs() {
        var refused = api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"a.b\",\"config\":{\"url\":\"%s\",\"backupUrl\":\"ftp://example.com\"}}"
                                .formatted(receiver.url()))
                .expect(422);

        assertThat(refused.json().at("/errors/0/pointer").textValue()).isEqualTo("/config/backupUrl");
    }

    private String subscribeWithBackup() {
        return create("{\"event\":\"order.created\",\"config\":{\"url\":\"%s\",\"backupUrl\":\"%s\"},%s}"
                .formatted(receiver.url(), backup.url(), QUICK));
    }
}
