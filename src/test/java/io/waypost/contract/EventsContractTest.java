package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The section "Events" of the HTTP contract, but for CloudEvents. */
class EventsContractTest extends Contract {

    @Test
    void anEventReadsBackAsItWasPublished() {
        var id = publish("""
                {"type":"order.created","id":"o-1","source":"/shop","subject":"42","time":"2026-01-31T10:30:00.123456+01:00",
                "test":true,"data":{"a":[1,null,"é😀"],"":{}}}""");

        var event = api.get("/v1/events/" + id).expect(200).json();
        assertThat(event.path("id").textValue()).isEqualTo(id).startsWith("evt_");
        assertThat(event.path("sourceId").textValue()).isEqualTo("o-1");
        assertThat(event.path("source").textValue()).isEqualTo("/shop");
        assertThat(event.path("subject").textValue()).isEqualTo("42");
        assertThat(event.path("time").textValue()).isEqualTo("2026-01-31T09:30:00.123456Z");
        assertThat(event.path("test").booleanValue()).isTrue();
        assertThat(event.path("data")).isEqualTo(json("{\"a\":[1,null,\"é😀\"],\"\":{}}"));
        assertThat(event.path("deliveries")).isEmpty();
        assertThat(event.path("tenant").textValue()).startsWith("t");
    }

    @Test
    void whatIsLeftOutHasItsDefault() {
        var before = gateway.clock().instant();
        var event = api.get("/v1/events/" + publish("{\"type\":\"a\"}")).json();

        assertThat(event.path("source").textValue()).isEqualTo("/");
        assertThat(event.has("data")).isTrue();
        assertThat(event.path("data").isNull()).isTrue();
        assertThat(event.path("test").booleanValue()).isFalse();
        assertThat(event.has("sourceId")).isFalse();
        assertThat(Instant.parse(event.path("time").textValue()))
                .isBetween(before, gateway.clock().instant());
    }

    @Test
    void adminKeysPublishForTheDefaultTenantOrTheOneTheyName() {
        var admin = gateway.admin();
        var own = api.get("/v1/events/" + publish("{\"type\":\"a\"}"))
                .json()
                .path("tenant")
                .textValue();

        var events = admin.post("/v1/events", "[{\"type\":\"a\"},{\"type\":\"a\",\"tenant\":\"%s\"}]".formatted(own))
                .expect(202)
                .json();

        assertThat(tenant(admin, events.at("/events/0/id"))).isEqualTo("default");
        assertThat(tenant(admin, events.at("/events/1/id"))).isEqualTo(own);
        api.post("/v1/events", "{\"type\":\"a\",\"tenant\":\"%s\"}".formatted(own))
                .expect(202);
        problem(api.post("/v1/events", "{\"type\":\"a\",\"tenant\":\"default\"}"), 403);
        problem(api.post("/v1/events", "{\"type\":\"a\",\"tenant\":\"nobody\"}"), 403);
        invalid(admin.post("/v1/events", "{\"type\":\"a\",\"tenant\":\"nobody\"}"), "/tenant");
        invalid(admin.post("/v1/events", "[{\"type\":\"a\"},{\"type\":\"a\",\"tenant\":\"nobody\"}]"), "/1/tenant");
    }

    private static String tenant(Api admin, JsonNode id) {
        return admin.get("/v1/events/" + id.textValue()).json().path("tenant").textValue();
    }

    @Test
    void aTestEventOfAPublisherIsDeliveredAsSuchAndNoneMayPassForTheGatewaysOwn() {
        subscribe("", "");

        publish("{\"type\":\"order.created\",\"test\":true}");

        assertThat(theOne().header("waypost-test")).isEqualTo("true");
        invalid(
                api.post("/v1/events", "{\"type\":\"order.created\",\"test\":true,\"source\":\"/waypost/tests\"}"),
                "/source");
    }

    @Test
    void anArrayIsStoredWholeInItsOrderOrNotAtAllAndEachBadElementIsNamed() {
        var answer = api.post(
                "/v1/events",
                "[{\"type\":\"a\"},{},{\"type\":\"a\",\"typo\":1,\"time\":\"soon\"},{\"type\":\"a b\"},7,null]");
        invalid(answer, "/1/type", "/2/typo", "/2/time", "/3/type", "/4", "/5");
        assertThat(data("/v1/events")).isEmpty();

        var ids = ids(elements(
                api.post("/v1/events", orders(0, 30)).expect(202).json().path("events")));
        assertThat(ids(data("/v1/events"))).containsExactlyElementsOf(ids.reversed());
        assertThat(api.get("/v1/events/" + ids.get(17)).json().path("data").intValue())
                .isEqualTo(17);
    }

    @Test
    void listsAreFilteredByTypeSubjectAndTimeOfReceipt() {
        var old = publish("{\"type\":\"a.b\",\"subject\":\"s\",\"time\":\"2030-01-01T00:00:00Z\"}");
        var received = api.get("/v1/events/" + old).json().path("receivedAt").textValue();
        gateway.clock().advance(Duration.ofSeconds(2));
        var young = publish("{\"type\":\"a.c\",\"subject\":\"s\",\"time\":\"2020-01-01T00:00:00Z\"}");

        assertThat(ids(data("/v1/events?type=a.b"))).containsExactly(old);
        assertThat(ids(data("/v1/events?subject=s"))).containsExactly(young, old);
        assertThat(ids(data("/v1/events?subject=s&type=a.c"))).containsExactly(young);
        assertThat(ids(data("/v1/events?until=" + received))).isEmpty();
        assertThat(ids(data("/v1/events?since=" + received))).containsExactly(young, old);
        assertThat(ids(data("/v1/events?until=" + Instant.parse(received).plusSeconds(1))))
                .containsExactly(old);
        assertThat(ids(data("/v1/events?since=" + Instant.parse(received).plusSeconds(1))))
                .containsExactly(young);
        var tenant = api.get("/v1/events/" + old).json().path("tenant").textValue();
        assertThat(api.get("/v1/events?tenant=" + tenant).expect(200).json().path("data"))
                .hasSize(2);
        assertThat(gateway.admin().get("/v1/events?tenant=" + tenant).json().path("data"))
                .hasSize(2);
        problem(api.get("/v1/events?tenant=default"), 403);
        invalid(gateway.admin().get("/v1/events?tenant=nobody"), "/tenant");
    }

    @Test
    void explainGivesEachCheckItsReason() {
        var subscription =
                subscribe("", "\"filter\":{\"data\":{\"list\":{\"id\":[\"42\"]}}},\"condition\":\"data.age >= 18\"");
        var wanted = order("{\"list\":{\"id\":\"42\"},\"age\":18}");
        var unwanted = publish("{\"type\":\"order.gone\",\"data\":{\"list\":{\"id\":\"43\"},\"age\":\"x\"}}");

        var yes = api.get("/v1/events/%s/explain?subscription=%s".formatted(wanted, subscription))
                .expect(200)
                .json();
        assertThat(yes.path("matches").booleanValue()).isTrue();
        assertThat(checks(yes)).isEqualTo("events=true filter=true condition=true active=true window=true");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        var no = api.get("/v1/events/%s/explain?subscription=%s".formatted(unwanted, subscription))
                .expect(200)
                .json();
        assertThat(no.path("matches").booleanValue()).isFalse();
        assertThat(checks(no)).isEqualTo("events=false filter=false condition=false active=false window=true");
        assertThat(no.path("checks").findValuesAsText("detail")).doesNotContain("");
        invalid(api.get("/v1/events/" + wanted + "/explain"), "/subscription");
        problem(api.get("/v1/events/" + wanted + "/explain?subscription=sub_nothing"), 404);
    }

    @Test
    void aReplayGoesToTheNamedSubscriptionsOrToAllWhoWantIt() {
        var first = subscribe("", "");
        subscribe("", "");
        var event = order("1");
        awaitReceived(2);

        api.post("/v1/events/" + event + "/replay", null).expect(202);
        awaitReceived(4);
        api.post("/v1/events/" + event + "/replay", "{\"subscriptions\":[\"%s\"]}".formatted(first))
                .expect(202);
        awaitReceived(5);

        assertThat(receiver.received()).extracting(Receiver.Received::id).containsOnly(event);
        assertThat(receiver.received().subList(2, 5))
                .allSatisfy(r -> assertThat(r.header("waypost-replay")).isEqualTo("true"));
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        elements(api.get("/v1/events/" + event).json().path("deliveries")))
                .hasSize(5)
                .allSatisfy(d -> assertThat(d.path("status").textValue()).isEqualTo("succeeded")));
        invalid(
                api.post("/v1/events/" + event + "/replay", "{\"subscriptions\":[\"%s\",\"sub_x\"]}".formatted(first)),
                "/subscriptions/1");
        invalid(api.post("/v1/events/" + event + "/replay", "{\"subscription\":[]}"), "/subscription");
        problem(api.post("/v1/events/evt_nothing/replay", null), 404);
    }

    private static String checks(JsonNode explanation) {
        return elements(explanation.path("checks")).stream()
                .map(c -> c.path("check").textValue() + "=" + c.path("passed"))
                .collect(Collectors.joining(" "));
    }

    @Test
    void jsonTextIsNeverLost() {
        var id = order("{\"lone\":\"\\ud800\",\"nul\":\"\\u0000\",\"deep\":" + "[".repeat(150) + "]".repeat(150) + "}");

        var data = api.get("/v1/events/" + id).expect(200).json().path("data");
        assertThat(data.path("nul").textValue()).isEqualTo("\0");
        assertThat(Json.write(data.path("lone"))).isEqualTo("\"\\ud800\"");
    }
}
