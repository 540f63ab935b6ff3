package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** REST hooks, as Zapier, n8n and Make make and unmake them. */
class HooksFlowTest extends Flow {

    private static final String OPENED = "message.opened";

    @ParameterizedTest
    @CsvSource({"target_url,event", "hookUrl,event_type", "url,events", "target,event"})
    @DisplayName("M4: whatever a tool calls the two things that matter, and whatever else it sends")
    void eachToolsOwnNames(String target, String event) {
        var order = Json.object()
                .put(target, receiver.url())
                .put("subscriptionType", "zap")
                .put("zapId", 7);
        if (event.equals("events")) {
            order.putArray(event).add(OPENED);
        } else {
            order.put(event, OPENED);
        }

        var hook = hook(order);

        assertThat(hook.path("app").textValue()).isEqualTo("zapier");
        assertThat(hook.path("target_url").textValue()).isEqualTo(receiver.url());
        assertThat(hook.path("events")).hasToString("[\"" + OPENED + "\"]");
        awaitDelivered(publish(OPENED, "mailjet.open.json"));
        api.delete("/hooks/" + hook.path("id").textValue()).expect(204);
        api.delete("/hooks/" + hook.path("id").textValue()).expect(204);
        api.get("/v1/subscriptions/" + hook.path("id").textValue()).expect(404);
    }

    @Test
    void theSameIdempotencyKeyMakesOneHook() {
        var order = order().put("event", OPENED).toString();

        var first = api.post("/hooks", order, "Idempotency-Key", "hook").expect(201);

        assertThat(api.post("/hooks", order, "Idempotency-Key", "hook")
                        .expect(201)
                        .json())
                .isEqualTo(first.json());
        assertThat(api.get("/v1/subscriptions").json().path("data")).hasSize(1);
    }

    @Test
    void severalEventsMayStandInOneText() {
        assertThat(hook(order().put("event", OPENED + ", order.*")).path("events"))
                .hasToString("[\"" + OPENED + "\",\"order.*\"]");
    }

    @Test
    @DisplayName("M4: hooks are found by their app")
    void foundByApp() {
        hook(order().put("app", "n8n"));
        hook(order());

        assertThat(api.get("/v1/subscriptions?app=zapier").json().path("data")).hasSize(1);
        assertThat(api.get("/v1/subscriptions?app=n8n").json().path("data")).hasSize(1);
    }

    @Test
    @DisplayName("M4: a 410 from the target deletes the hook, and only the hook")
    void goneMeansUnsubscribed() {
        var hook = hook(order()).path("id").textValue();
        var other = subscribeTo(OPENED, receiver.url("/other"), "");
        receiver.answers((request, exchange) ->
                exchange.sendResponseHeaders(request.path().equals("/hook") ? 410 : 204, -1));

        var event = publish(OPENED, "mailjet.open.json");

        await().atMost(SOON)
                .untilAsserted(() -> api.get("/v1/subscriptions/" + hook).expect(404));
        await().atMost(SOON).untilAsserted(() -> assertThat(deliveries("event=" + event))
                .extracting(d -> d.path("subscription").textValue() + " "
                        + d.path("status").textValue())
                .contains(other + " succeeded")
                .noneMatch(d -> d.endsWith("buffered") || d.endsWith("retrying")));
        awaitDelivered(publish(OPENED, "mailjet.open.json"));
        assertThat(receiver.received())
                .filteredOn(r -> r.path().equals("/hook"))
                .hasSize(1);
    }

    @Test
    void samplesAreTheNewestEventsAsAHookReceivesThem() {
        publish("{\"type\":\"%s\",\"data\":{\"n\":1}}".formatted(OPENED));
        var newest = publish("{\"type\":\"%s\",\"data\":{\"n\":12345678901234567890}}".formatted(OPENED));
        awaitDispatched();
        hook(order());

        var samples = api.get("/hooks/sample?event_type=" + OPENED).expect(200).json();

        assertThat(samples).hasSize(2);
        assertThat(samples.at("/0/id").textValue()).isEqualTo(newest);
        assertThat(samples.at("/0/data/n")).hasToString("12345678901234567890");
        var received = publish("{\"type\":\"%s\",\"data\":{\"n\":3}}".formatted(OPENED));
        awaitDelivered(received);
        assertThat(api.get("/hooks/sample?event_type=message.*").json().get(0))
                .isEqualTo(body(receiver.received().getFirst()));
    }

    @Test
    void withoutEventsOfOnesOwnTheSampleIsTheCataloguesExample() {
        var samples =
                api.get("/hooks/sample?event_type=order.created").expect(200).json();

        assertThat(samples).hasSize(1);
        assertThat(samples.at("/0/type").textValue()).isEqualTo("order.created");
        assertThat(samples.at("/0/data"))
                .isEqualTo(api.get("/v1/event-types/order.created").json().path("example"))
                .isNotEmpty();
        assertThat(api.get("/hooks/sample?event_type=nobody.knows").expect(200).json())
                .isEmpty();
        assertThat(api.get("/hooks/sample")
                        .expect(422)
                        .json()
                        .at("/errors/0/pointer")
                        .textValue())
                .isEqualTo("/event_type");
    }

    @Test
    void aFlatHookGetsAllFieldsOnOneLevelAndSoDoesItsSample() {
        hook(order().put("flat", true));

        publish("{\"type\":\"%s\",\"data\":{\"contact\":{\"email\":\"a@example.com\"},\"lists\":[{\"id\":\"7\"}]}}"
                .formatted(OPENED));

        awaitReceived(1);
        var body = body(receiver.received().getFirst());
        assertThat(body.path("data__contact__email").textValue()).isEqualTo("a@example.com");
        assertThat(body.path("data__lists__0__id").textValue()).isEqualTo("7");
        assertThat(api.get("/hooks/sample?flat=1&event_type=" + OPENED).json().get(0))
                .isEqualTo(body);
    }

    @Test
    void whatIsWrongIsNamedAsItWasPosted() {
        var missing = api.post("/hooks", "{\"zapId\":7}").expect(422);
        assertThat(missing.json().path("errors").findValuesAsText("pointer")).containsExactly("/target_url", "/event");
        assertThat(missing.text()).contains("GET /v1/event-types");
        var wrong = api.post("/hooks", "{\"hookUrl\":\"ftp://example.com\",\"event_type\":\"no event!\"}")
                .expect(422);
        assertThat(wrong.json().path("errors").findValuesAsText("pointer"))
                .containsExactlyInAnyOrder("/hookUrl", "/event_type");
        api.post("/hooks", "[]").expect(422);
    }

    @Test
    void hooksAreKeyedAndOfATenantAsEverythingElse() {
        var hook = hook(order()).path("id").textValue();
        var other = gateway.tenant();

        api.with(null).post("/hooks", order().toString()).expect(401);
        api.with(null).delete("/hooks/" + hook).expect(401);
        other.delete("/hooks/" + hook).expect(204);

        api.get("/v1/subscriptions/" + hook).expect(200);
        publish(OPENED, "mailjet.open.json");
        assertThat(other.get("/hooks/sample?event_type=" + OPENED)
                        .json()
                        .at("/0/data/MessageID")
                        .isMissingNode())
                .isTrue();
    }

    @Test
    void aHookThatFailsKeepsToTheUsualSchedule() {
        var shown = subscription(hook(order()).path("id").textValue());

        assertThat(shown.at("/retry/profile").textValue()).isEqualTo("rest-hook");
        assertThat(shown.at("/retry/schedule/0").textValue()).isEqualTo("5s");
        assertThat(shown.path("timeout").textValue()).isEqualTo("15s");
    }

    private ObjectNode order() {
        return Json.object().put("target_url", receiver.url()).put("event", OPENED);
    }

    private JsonNode hook(JsonNode order) {
        return api.post("/hooks", order.toString()).expect(201).json();
    }
}
