package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seed 001: what users of MAILINGWORK "emma" find here as well: making webhooks and what they send. */
class MailingworkSeedTest extends Flow {

    private static final String OPTIN = "subscriber.opted_in";
    private static final String OPTOUT = "subscriber.opted_out";
    private static final String PROFILE = "subscriber.profile_updated";
    private static final String FIXTURE = "mailingwork.optin_finalized.json";

    @Test
    @DisplayName("M1, M2, M3: a sign-up reaches the URL as JSON in a POST, with all its fields and lists")
    void m1m2m3() {
        subscribeTo(OPTIN, receiver.url(), "\"transform\":\"data\",\"retry\":{\"profile\":\"mailingwork\"}");

        publish(OPTIN, FIXTURE);

        awaitReceived(1);
        var request = receiver.received().getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.header("content-type")).isEqualTo("application/json");
        assertThat(body(request)).isEqualTo(Json.read(fixture(FIXTURE)));
        assertThat(body(request).path("fields")).hasSize(4);
        assertThat(body(request).path("lists")).hasSize(3);
    }

    @Test
    @DisplayName("M5, M7: webhooks are created, viewed, activated and deleted by the four functions of the API")
    void m5m7() {
        var api4 = api.get("/openapi.json").expect(200).json();
        assertThat(api4.findValuesAsText("operationId"))
                .contains("createWebHook", "getWebHooks", "activateWebHook", "deleteWebHookById");

        var id = webhook("crm", OPTIN);
        assertThat(listed("")).containsExactly(id);
        api.post("/v1/subscriptions/" + id + "/activate", null).expect(200);
        api.delete("/v1/subscriptions/" + id).expect(204);

        assertThat(listed("")).isEmpty();
    }

    @Test
    @DisplayName("M9: app, event and url make a webhook that is active at once; the answer has its id")
    void m9() {
        var created = api.post("/v1/subscriptions", threeParameters("crm", OPTIN, receiver.url()))
                .expect(201)
                .json();

        assertThat(created.path("id").textValue()).startsWith("sub_");
        assertThat(created.path("active").booleanValue()).isTrue();
        awaitDelivery(publish(OPTIN, FIXTURE), "succeeded");
        api.post("/v1/subscriptions", "{\"app\":\"crm\",\"event\":\"%s\"}".formatted(OPTIN))
                .expect(422);
        api.post("/v1/subscriptions", "{\"app\":\"crm\",\"url\":\"%s\"}".formatted(receiver.url()))
                .expect(422);
    }

    @Test
    @DisplayName("M10, M13: app is free text and not unique; app and event filter the list, alone and together")
    void m10m13() {
        var first = webhook("Mein CRM, Größe ≥ 3", OPTIN);
        var second = webhook("Mein CRM, Größe ≥ 3", OPTOUT);
        var third = webhook("shop", OPTIN);
        var app = "app=Mein%20CRM%2C%20Gr%C3%B6%C3%9Fe%20%E2%89%A5%203";

        assertThat(listed("")).containsExactlyInAnyOrder(first, second, third);
        assertThat(listed(app)).containsExactlyInAnyOrder(first, second);
        assertThat(listed("event=" + OPTIN)).containsExactlyInAnyOrder(first, third);
        assertThat(listed(app + "&event=" + OPTIN)).containsExactly(first);
        assertThat(listed("app=shop&event=" + OPTOUT)).isEmpty();
        assertThat(subscription(first).path("app").textValue()).isEqualTo("Mein CRM, Größe ≥ 3");
    }

    @Test
    @DisplayName("M11: a webhook is for one event; the other two do not reach it, and what is no event is an error")
    void m11() {
        for (var event : List.of(OPTIN, OPTOUT, PROFILE)) {
            create(threeParameters("crm", event, receiver.url("/" + event)));
        }
        api.post("/v1/subscriptions", threeParameters("crm", "optin finalized!", receiver.url()))
                .expect(422);

        for (var event : List.of(OPTIN, OPTOUT, PROFILE)) {
            publish(event, FIXTURE);
        }

        awaitReceived(3);
        assertThat(receiver.received()).allSatisfy(r -> assertThat(r.path())
                .isEqualTo("/" + body(r).path("type").textValue()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "example.com/hook", "/hook", "ftp://example.com/hook", "http://", "http://a b/"})
    @DisplayName("M12: the URL is checked at creation")
    void m12(String url) {
        api.post("/v1/subscriptions", threeParameters("crm", OPTIN, url)).expect(422);
    }

    @Test
    @DisplayName("M14: every webhook tells whether it is active")
    void m14() {
        var on = webhook("crm", OPTIN);
        var off = webhook("crm", OPTIN);
        api.post("/v1/subscriptions/" + off + "/deactivate", null).expect(200);

        assertThat(api.get("/v1/subscriptions?app=crm").expect(200).json().path("data"))
                .extracting(
                        s -> s.path("id").textValue() + " " + s.path("active").booleanValue())
                .containsExactlyInAnyOrder(on + " true", off + " false");
        assertThat(listed("active=false")).containsExactly(off);
    }

    @Test
    @DisplayName("M17: deletion removes the webhook, what waits to be sent, and the buffer")
    void m17() {
        receiver.answers(500);
        var waiting = subscribeTo(OPTIN, receiver.url(), "\"retry\":{\"schedule\":[\"1h\"]}");
        var buffering = subscribeTo(OPTIN, receiver.url(), "");
        api.post("/v1/subscriptions/" + buffering + "/deactivate", null).expect(200);
        var event = publish(OPTIN, FIXTURE);
        awaitBuffered(buffering, 1);
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                .extracting(d -> d.path("status").textValue())
                .containsExactlyInAnyOrder("retrying", "buffered"));

        api.delete("/v1/subscriptions/" + waiting).expect(204);
        api.delete("/v1/subscriptions/" + buffering).expect(204);

        api.get("/v1/subscriptions/" + waiting).expect(404);
        assertThat(deliveries("event=" + event)).isEmpty();
        gateway.clock().advance(Duration.ofHours(2));
        var again = webhook("again", OPTIN);
        awaitDelivered(publish(OPTIN, FIXTURE));
        assertThat(again).isNotEqualTo(waiting);
        assertThat(receiver.received()).hasSize(2);
    }

    private String webhook(String app, String event) {
        return create(threeParameters(app, event, receiver.url()));
    }

    private static String threeParameters(String app, String event, String url) {
        return Json.write(Json.object().put("app", app).put("event", event).put("url", url));
    }

    private List<String> listed(String filter) {
        return api.get("/v1/subscriptions?" + filter)
                .expect(200)
                .json()
                .path("data")
                .findValuesAsText("id");
    }
}
