package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Seed 003: what users of Mailjet find here as well. */
class MailjetSeedTest extends Flow {

    private static final Map<String, String> SEVEN = Map.of(
            "sent", "message.delivered",
            "open", "message.opened",
            "click", "message.clicked",
            "bounce", "message.bounced",
            "blocked", "message.blocked",
            "spam", "message.complained",
            "unsub", "subscriber.opted_out");

    @Test
    @DisplayName("J7: a webhook is a URL that is added for an event, with port and basic authentication in it")
    void j7() {
        var url = "http://bob:s3cret@127.0.0.1:%d/mailjet".formatted(receiver.port());
        var id = subscribeTo("message.opened", url, "");

        publish("message.opened", "mailjet.open.json");

        awaitReceived(1);
        var request = receiver.received().getFirst();
        assertThat(request.path()).isEqualTo("/mailjet");
        assertThat(request.header("authorization")).isEqualTo("Basic Ym9iOnMzY3JldA==");
        assertThat(subscription(id).toString()).doesNotContain("s3cret").contains("bob:***@");
    }

    @Test
    @DisplayName("J8: seven events, each with the vendor's body")
    void j8() {
        subscribeTo("**", receiver.url(), "\"transform\":\"data\"");

        SEVEN.forEach((event, type) -> publish(type, "mailjet.%s.json".formatted(event)));

        awaitReceived(7);
        assertThat(receiver.received().stream()
                        .collect(Collectors.toMap(r -> body(r).path("event").textValue(), r -> body(r))))
                .isEqualTo(SEVEN.keySet().stream()
                        .collect(Collectors.toMap(e -> e, e -> Json.read(fixture("mailjet.%s.json".formatted(e))))));
        assertThat(receiver.received())
                .allSatisfy(
                        r -> assertThat(r.body()).as("not a digit lost").contains("\"MessageID\":20547678344812791"));
    }

    @Test
    @DisplayName("J8: a MessageID above 2^53 keeps its digits in every format and in filters")
    void j8digits() {
        for (var format : List.of("json", "cloudevents", "xml", "form")) {
            create(
                    "{\"event\":\"message.opened\",\"filter\":{\"data\":{\"MessageID\":[18859015918863553]}},\"config\":{\"url\":\"%s\",\"format\":\"%s\"}}"
                            .formatted(receiver.url(), format));
        }

        publish("{\"type\":\"message.opened\",\"data\":{\"MessageID\":18859015918863552}}");
        var event = publish("{\"type\":\"message.opened\",\"data\":{\"MessageID\":18859015918863553}}");

        awaitReceived(4);
        assertThat(receiver.received()).allSatisfy(r -> {
            assertThat(r.id()).isEqualTo(event);
            assertThat(r.body()).contains("18859015918863553");
        });
        assertThat(api.get("/v1/events/" + event).expect(200).text()).contains("\"MessageID\":18859015918863553");
    }

    @Test
    @DisplayName("J9: all events or those that matter: a hook for opens alone receives nothing else")
    void j9() {
        subscribeTo("**", receiver.url("/all"), "");
        subscribeTo("message.opened", receiver.url("/opens"), "");
        subscribeTo("message.*", receiver.url("/messages"), "");

        SEVEN.forEach((event, type) -> publish(type, "mailjet.%s.json".formatted(event)));

        awaitReceived(14);
        assertThat(receiver.received())
                .filteredOn(r -> r.path().equals("/opens"))
                .singleElement()
                .satisfies(r -> assertThat(body(r).path("type").textValue()).isEqualTo("message.opened"));
        assertThat(receiver.received()).filteredOn(r -> r.path().equals("/all")).hasSize(7);
    }

    @Test
    @DisplayName("J7: in Mailjet's profile only 200 is success, tried again every 30 seconds for 24 hours")
    void j7profile() {
        receiver.answersInTurn(204, 500, 200);
        var id = subscribeTo("message.opened", receiver.url(), "\"retry\":{\"profile\":\"mailjet\"}");
        assertThat(subscription(id).at("/retry/schedule"))
                .hasSize(2_880)
                .allSatisfy(wait -> assertThat(wait.textValue()).isEqualTo("30s"));

        var event = publish("message.opened", "mailjet.open.json");

        awaitDelivery(event, "retrying");
        gateway.clock().advance(Duration.ofSeconds(37));
        awaitReceived(2);
        awaitDelivery(event, "retrying");
        gateway.clock().advance(Duration.ofSeconds(37));
        assertThat(awaitDelivery(event, "succeeded").path("attemptCount").intValue())
                .isEqualTo(3);
    }

    @Test
    @DisplayName("J2: opening rate, click rate and rate of bounces of a campaign, counted from its events")
    void j2() {
        var source =
                api.post("/v1/sources", "{\"source\":\"mailjet\"}").expect(201).json();
        var happened = List.of(
                happens("sent", "ana", 1),
                happens("sent", "bob", 2),
                happens("sent", "eve", 3),
                happens("sent", "lea", 4),
                happens("open", "ana", 5),
                happens("open", "ana", 6),
                happens("open", "bob", 7),
                happens("click", "ana", 8),
                happens("bounce", "joe", 9),
                happens("open", "", 10));
        for (var _ : List.of("told", "told again")) {
            api.post(source.path("url").textValue(), happened.toString()).expect(200);
        }
        publish(
                "{\"type\":\"message.opened\",\"data\":{\"campaign\":{\"id\":\"9\"},\"contact\":{\"email\":\"a@b.c\"}}}");

        await().atMost(SOON).untilAsserted(() -> assertThat(api.get("/v1/campaigns")
                        .expect(200)
                        .json()
                        .at("/data/0/id")
                        .textValue())
                .isEqualTo("9"));
        var spring = api.get("/v1/campaigns/7257").expect(200).json();
        assertThat(spring.path("name").textValue()).isEqualTo("Spring");
        assertThat(spring.path("events"))
                .isEqualTo(Json.read("{\"delivered\":4,\"opened\":3,\"clicked\":1,\"bounced\":1,\"blocked\":0,"
                        + "\"complained\":0,\"optedOut\":0,\"goalReached\":0}"));
        assertThat(spring.path("contacts"))
                .isEqualTo(Json.read("{\"sent\":5,\"delivered\":4,\"opened\":2,\"clicked\":1,\"bounced\":1,"
                        + "\"blocked\":0,\"complained\":0,\"optedOut\":0,\"goalReached\":0}"));
        assertThat(spring.path("rates")).isEqualTo(Json.read("{\"open\":0.5000,\"click\":0.2500,\"bounce\":0.2000}"));
        assertThat(api.get("/v1/campaigns/9").json().path("rates"))
                .as("nobody has told how many it reached")
                .isEqualTo(Json.read("{\"open\":null,\"click\":null,\"bounce\":null}"));
        gateway.tenant().get("/v1/campaigns/7257").expect(404);
    }

    private static String happens(String event, String who, int time) {
        return """
                {"event": "%s", "time": %d, "MessageID": 2054767834481279%d, "email": "%s", "mj_campaign_id": 7257,
                 "customcampaign": "Spring"}""".formatted(event, 1_676_171_700 + time, time, who.isEmpty() ? "" : who + "@example.com");
    }
}
