package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Seed 001: what users of MAILINGWORK "emma" find here as well, when a receiver fails: deactivation, buffer, replay. */
class MailingworkDeactivationSeedTest extends Flow {

    private static final String OPTIN = "subscriber.opted_in";
    private static final String FIXTURE = "mailingwork.optin_finalized.json";

    /** Three failures, however quickly they come. */
    private static final String TIPS_SOON =
            "\"retry\":{\"schedule\":[\"50ms\",\"50ms\",\"1h\"]},\"deactivation\":{\"afterFailures\":3,\"over\":\"0s\"}";

    @Test
    @DisplayName("M15: activation makes it active and forgets the failures; on an active one it does no harm")
    void m15() {
        receiver.answers(500);
        var id = subscribeTo(OPTIN, receiver.url(), TIPS_SOON);
        publish(OPTIN, FIXTURE);
        awaitState(id, "deactivated");

        api.post("/v1/subscriptions/" + id + "/activate", null).expect(200);
        api.post("/v1/subscriptions/" + id + "/activate", null).expect(200);

        assertThat(subscription(id).path("active").booleanValue()).isTrue();
        api.patch("/v1/subscriptions/" + id, "{\"retry\":{\"schedule\":[\"50ms\"]}}")
                .expect(200);
        awaitDelivery(publish(OPTIN, FIXTURE), "exhausted");
        assertThat(subscription(id).path("active").booleanValue())
                .as("two failures since")
                .isTrue();
        publish(OPTIN, FIXTURE);
        awaitState(id, "deactivated");
    }

    @Test
    @DisplayName("M16, M21: with replayEvents=1 what was stored is sent, in order, with original ids and times, marked")
    void m16() {
        var id = subscribeTo(OPTIN, receiver.url(), "");
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        var events = IntStream.range(0, 5)
                .mapToObj(i -> publish("{\"type\":\"%s\",\"time\":\"2025-11-11T09:27:2%dZ\",\"data\":%s}"
                        .formatted(OPTIN, i, fixture(FIXTURE))))
                .toList();
        awaitBuffered(id, 5);

        api.post("/v1/subscriptions/" + id + "/activate?replayEvents=1", null).expect(200);

        awaitReceived(5);
        assertThat(receiver.received()).extracting(Receiver.Received::id).containsExactlyElementsOf(events);
        assertThat(receiver.received())
                .allSatisfy(r -> assertThat(r.header("waypost-replay")).isEqualTo("true"))
                .extracting(r -> body(r).path("timestamp").textValue())
                .containsExactlyElementsOf(IntStream.range(0, 5)
                        .mapToObj(i -> "2025-11-11T09:27:2" + i + "Z")
                        .toList());
        var live = publish(OPTIN, FIXTURE);
        awaitDelivered(live);
        assertThat(receiver.received().getLast().header("waypost-replay")).isNull();
    }

    @Test
    @DisplayName("M16, M21: without replayEvents what was stored is discarded")
    void m16without() {
        var id = subscribeTo(OPTIN, receiver.url(), "");
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        var missed = publish(OPTIN, FIXTURE);
        awaitBuffered(id, 1);

        api.post("/v1/subscriptions/" + id + "/activate", null).expect(200);

        awaitDelivery(missed, "discarded");
        var live = publish(OPTIN, FIXTURE);
        awaitDelivered(live);
        assertThat(receiver.received()).hasSize(1);
    }

    @Test
    @DisplayName("M18: ten failures in a row over an hour deactivate by default; the first alone does not")
    void m18() {
        receiver.answers(500);
        var id = subscribeTo(OPTIN, receiver.url(), "\"retry\":{\"schedule\":[]}");
        var shown = subscription(id).path("deactivation");
        assertThat(shown.path("afterFailures").intValue()).isEqualTo(10);
        assertThat(shown.path("over").textValue()).isEqualTo("1h");

        awaitDelivery(publish(OPTIN, FIXTURE), "exhausted");
        assertThat(subscription(id).path("active").booleanValue()).isTrue();
        gateway.clock().advance(Duration.ofMinutes(61));
        for (int i = 2; i <= 9; i++) {
            awaitDelivery(publish(OPTIN, FIXTURE), "exhausted");
        }
        assertThat(subscription(id).path("active").booleanValue()).isTrue();
        publish(OPTIN, FIXTURE);

        awaitState(id, "deactivated");
    }

    @Test
    @DisplayName(
            "M19, M21: one notice per deactivation names webhook, URL, error, time and a link that offers the choice")
    void m19() {
        try (var owner = new Receiver()) {
            subscribeTo("webhook.deactivated", owner.url(), "");
            receiver.answers(500);
            var id = subscribeTo(OPTIN, receiver.url(), "\"name\":\"Sign-ups\"," + TIPS_SOON);
            var before = gateway.clock().instant();
            IntStream.range(0, 5).forEach(_ -> publish(OPTIN, FIXTURE));
            awaitState(id, "deactivated");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(owner.received()).isNotEmpty());

            var notice = body(owner.received().getFirst()).path("data");

            assertThat(notice.at("/webhook/id").textValue()).isEqualTo(id);
            assertThat(notice.at("/webhook/name").textValue()).isEqualTo("Sign-ups");
            assertThat(notice.at("/webhook/url").textValue()).isEqualTo(receiver.url());
            assertThat(notice.path("lastError").textValue()).contains("http_status", "500");
            assertThat(Instant.parse(notice.path("since").textValue()))
                    .isBetween(before, gateway.clock().instant());
            var anyone = api.with(null);
            var link = notice.path("activationLink").textValue();
            var page = link.substring(link.indexOf("/activate/"));
            assertThat(anyone.get(page).expect(200).text())
                    .contains("name=\"replayEvents\" value=\"1\"", "name=\"replayEvents\" value=\"0\"");
            receiver.answers(200);
            confirm(anyone, page);
            awaitBuffered(id, 0);
            var last = publish("{\"type\":\"webhook.deactivated\",\"data\":null}");
            await().atMost(SOON).untilAsserted(() -> assertThat(owner.received())
                    .extracting(Receiver.Received::id)
                    .contains(last));
            assertThat(owner.received()).as("one notice and the last").hasSize(2);
        }
    }

    @Test
    @DisplayName("M20: the buffer holds the first five days; a replay on the seventh sends those, the rest is dropped")
    void m20() {
        var id = subscribeTo(OPTIN, receiver.url(), "");
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        gateway.clock().advance(Duration.ofHours(1));
        publishDay(1);
        awaitBuffered(id, 1);
        gateway.clock().advance(Duration.ofDays(4));
        publishDay(5);
        awaitBuffered(id, 2);
        gateway.clock().advance(Duration.ofDays(1));

        publishDay(6);

        await().atMost(SOON).untilAsserted(() -> assertThat(
                        subscription(id).at("/replayBuffer/dropped").intValue())
                .isEqualTo(1));
        assertThat(subscription(id).at("/replayBuffer/count").intValue()).isEqualTo(2);
        gateway.clock().advance(Duration.ofDays(1));
        api.post("/v1/subscriptions/" + id + "/activate", "{\"replayEvents\":true}")
                .expect(200);
        awaitReceived(2);
        awaitBuffered(id, 0);
        awaitDelivered(publishDay(7));
        assertThat(receiver.received())
                .extracting(r -> body(r).at("/data/day").intValue())
                .containsExactly(1, 5, 7);
    }

    private String publishDay(int day) {
        return publishData(OPTIN, ((ObjectNode) Json.read(fixture(FIXTURE))).put("day", day));
    }

    private static void confirm(Api anyone, String page) {
        anyone.send("POST", page, "replayEvents=1", "Content-Type", "application/x-www-form-urlencoded")
                .expect(200);
    }
}
