package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** "Deactivation, buffer, activation" and "More" of the HTTP contract; the flows in depth are tested elsewhere. */
class SubscriptionActionsContractTest extends Contract {

    @Test
    void deactivatingPausesAndSaysSinceAndUntilWhenItBuffers() {
        var id = subscribe("", "\"replayBuffer\":{\"window\":\"2h\"}");

        var paused = api.post("/v1/subscriptions/" + id + "/deactivate", null)
                .expect(200)
                .json();

        assertThat(paused.path("active").booleanValue()).isFalse();
        assertThat(paused.path("state").textValue()).isEqualTo("paused");
        assertThat(paused.at("/deactivation/reason").textValue()).isNotBlank();
        assertThat(paused.path("deactivation").has("lastError")).isTrue();
        var since = Instant.parse(paused.at("/deactivation/since").textValue());
        assertThat(paused.at("/replayBuffer/from").textValue()).isEqualTo(since.toString());
        assertThat(Instant.parse(paused.at("/replayBuffer/until").textValue())).isEqualTo(since.plusSeconds(7200));
        order("1");
        order("2");
        awaitCounts(id, 2, 0);
        gateway.clock().advance(Duration.ofHours(2));
        order("3");
        awaitCounts(id, 2, 1);
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        assertThat(subscription(id).at("/deactivation/since").textValue()).isEqualTo(since.toString());
    }

    private void awaitCounts(String id, int count, int dropped) {
        await().atMost(SOON).untilAsserted(() -> {
            var buffer = subscription(id).path("replayBuffer");
            assertThat(buffer.path("count").intValue()).isEqualTo(count);
            assertThat(buffer.path("dropped").intValue()).isEqualTo(dropped);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "?replayEvents=1|-|2",
                "?replayEvents=true|-|2",
                "''|{\"replayEvents\":true}|2",
                "?replayEvents=0|-|0",
                "''|-|0",
                "''|{}|0"
            })
    void activatingReplaysIfAskedInWhateverForm(String query, String json, int replayed) {
        var id = subscribe("", "");
        var at = "/v1/subscriptions/" + id;
        api.post(at + "/deactivate", null).expect(200);
        var first = publish("{\"type\":\"order.created\",\"time\":\"2026-01-01T00:00:00Z\",\"data\":1}");
        var second = order("2");
        awaitCounts(id, 2, 0);

        var active = api.post(at + "/activate" + query, json).expect(200).json();

        assertThat(active.path("state").textValue()).isEqualTo("active");
        assertThat(active.path("deactivation").has("since")).isFalse();
        awaitReceived(replayed);
        var expected = replayed == 0 ? "discarded" : "succeeded";
        awaitDelivery(first, expected);
        awaitDelivery(second, expected);
        if (replayed > 0) {
            var request = receiver.received().getFirst();
            assertThat(request.id()).isEqualTo(first);
            assertThat(request.header("waypost-replay")).isEqualTo("true");
            assertThat(json(request.body()).path("timestamp").textValue()).isEqualTo("2026-01-01T00:00:00Z");
        }
        api.post(at + "/activate?replayEvents=1", null).expect(200);
        awaitCounts(id, 0, 0);
        assertThat(receiver.received()).hasSize(replayed);
    }

    @Test
    void activatingWithSomethingElseIsRefused() {
        var at = "/v1/subscriptions/" + subscribe("", "") + "/activate";

        invalid(api.post(at + "?replayEvents=perhaps", null), "/replayEvents");
        invalid(api.post(at, "{\"replayEvents\":\"yes\",\"more\":1}"), "/replayEvents", "/more");
        problem(api.post(at, "{"), 400);
        problem(api.post(at, "x", "Content-Type", "text/plain"), 415);
    }

    @Test
    void tooManyRequestsNeverCountAndZeroIsNever() {
        receiver.answers(429);
        var limited = subscribe(
                "",
                "\"retry\":{\"schedule\":[\"10ms\",\"10ms\"]},\"deactivation\":{\"afterFailures\":1,\"over\":\"0s\"}");
        var first = order("1");
        assertThat(awaitDelivery(first, "exhausted").at("/attempts/2/error").textValue())
                .isEqualTo("rate_limited");
        assertThat(subscription(limited).path("active").booleanValue()).isTrue();

        receiver.answers(500);
        api.patch("/v1/subscriptions/" + limited, "{\"deactivation\":{\"afterFailures\":0}}")
                .expect(200);
        awaitDelivery(order("2"), "exhausted");
        assertThat(subscription(limited).path("active").booleanValue()).isTrue();
        api.patch("/v1/subscriptions/" + limited, "{\"deactivation\":{\"afterFailures\":2}}")
                .expect(200);
        order("3");
        await().atMost(SOON).until(() -> "deactivated"
                .equals(subscription(limited).path("state").textValue()));
    }

    @Test
    void aTestAnswersWithItsAttemptAndCountsNowhere() {
        receiver.answers(io.waypost.testing.Receiver.text(500, "no"));
        var id = subscribe("", "\"deactivation\":{\"afterFailures\":1,\"over\":\"0s\"},\"condition\":\"false\"");
        var at = "/v1/subscriptions/" + id + "/test";

        var attempt = api.post(at, "{\"type\":\"message.opened\"}").expect(200).json();

        assertThat(attempt.path("id").textValue()).startsWith("att_");
        assertThat(attempt.path("number").intValue()).isEqualTo(1);
        assertThat(attempt.path("outcome").textValue()).isEqualTo("failed");
        assertThat(attempt.path("statusCode").intValue()).isEqualTo(500);
        assertThat(attempt.path("error").textValue()).isEqualTo("http_status");
        assertThat(attempt.path("responseBody").textValue()).isEqualTo("no");
        assertThat(attempt.has("durationMs")).isTrue();
        var request = theOne();
        assertThat(request.header("waypost-test")).isEqualTo("true");
        assertThat(json(request.body()).path("type").textValue()).isEqualTo("message.opened");
        var stored = api.get("/v1/events/" + request.id()).expect(200).json();
        assertThat(stored.path("test").booleanValue()).isTrue();
        assertThat(stored.path("deliveries")).isEmpty();
        assertThat(subscription(id).path("active").booleanValue()).isTrue();
        api.post(at, null).expect(200);
        assertThat(json(receiver.received().get(1).body()).path("type").textValue())
                .isEqualTo("order.created");
        invalid(api.post(at, "{\"type\":\"a\\\"b c\",\"more\":1}"), "/type", "/more");
        assertThat(receiver.received()).hasSize(2);
    }

    @Test
    void aRangeIsCountedThenReplayedByTypeTimeAndStatus() {
        receiver.answersInTurn(500, 200);
        var failed = order("0");
        var early = publish("{\"type\":\"order.changed\"}");
        awaitDispatched();
        var id = subscribe("", "\"retry\":{\"schedule\":[]}");
        api.patch("/v1/subscriptions/" + id, "{\"events\":[\"order.*\"]}").expect(200);
        failed = order("1");
        awaitDelivery(failed, "exhausted");
        var good = order("2");
        awaitDelivery(good, "succeeded");
        var at = "/v1/subscriptions/" + id + "/replay";
        var since = "\"since\":\"2020-01-01T00:00:00Z\"";

        assertThat(replay(at, since + ",\"dryRun\":true")).isEqualTo(4);
        assertThat(replay(at, since + ",\"types\":[\"order.changed\"],\"dryRun\":true"))
                .isEqualTo(1);
        assertThat(replay(at, since + ",\"until\":\"2020-01-02T00:00:00Z\"")).isZero();
        assertThat(receiver.received()).hasSize(2);
        assertThat(replay(at, since + ",\"status\":\"failed\"")).isEqualTo(1);
        awaitReceived(3);
        assertThat(receiver.received().get(2).id()).isEqualTo(failed);
        assertThat(receiver.received().get(2).header("waypost-replay")).isEqualTo("true");
        assertThat(replay(at, since + ",\"status\":\"all\",\"types\":[\"order.changed\"]"))
                .isEqualTo(1);
        awaitReceived(4);
        assertThat(receiver.received().get(3).id()).isEqualTo(early);
        invalid(
                api.post(at, "{\"until\":7,\"types\":[\"a\",7],\"status\":\"lost\",\"dryRun\":1,\"x\":1}"),
                "/since",
                "/until",
                "/types/1",
                "/status",
                "/dryRun",
                "/x");
    }

    private int replay(String at, String fields) {
        return api.post(at, "{" + fields + "}")
                .expect(202)
                .json()
                .path("events")
                .intValue();
    }

    @Test
    void aPreviewShowsTheRequestAndSendsAndStoresNothing() {
        var subscription =
                body("\"format\":\"form\"", "\"transform\":\"{ 'n': data.n }\",\"condition\":\"data.n > 1\"");
        var event = "{\"type\":\"order.created\",\"data\":{\"n\":1.10}}";

        var shown = preview(subscription, "\"event\":" + event);
        assertThat(shown.path("matches").booleanValue()).isTrue();
        assertThat(shown.path("checks").findValuesAsText("check"))
                .containsExactly("events", "filter", "condition", "active", "window");
        assertThat(shown.at("/request/method").textValue()).isEqualTo("POST");
        assertThat(shown.at("/request/url").textValue()).isEqualTo(receiver.url());
        assertThat(shown.at("/request/body").textValue()).isEqualTo("n=1.10");
        assertThat(shown.at("/request/headers/Content-Type").textValue())
                .isEqualTo("application/x-www-form-urlencoded");
        assertThat(shown.at("/request/headers/webhook-signature").textValue()).startsWith("v1,");
        var unwanted = preview(subscription, "\"event\":" + event.replace("1.10", "1"));
        assertThat(unwanted.path("matches").booleanValue()).isFalse();
        assertThat(unwanted.path("request").isNull()).isTrue();
        assertThat(data("/v1/events")).isEmpty();
        assertThat(data("/v1/subscriptions")).isEmpty();
        assertThat(receiver.received()).isEmpty();

        var stored = order("{\"n\":7}");
        assertThat(preview(subscription, "\"eventId\":\"%s\"".formatted(stored))
                        .at("/request/headers/webhook-id")
                        .textValue())
                .isEqualTo(stored);
    }

    @Test
    void aPreviewOfATransformThatYieldsNothingShowsWhatIsSent() {
        var transform = "\"transform\":\"data.missing\"";
        var shown = preview(body("", transform), "\"event\":{\"type\":\"order.created\",\"data\":{}}");
        create("", transform);

        order("{}");

        assertThat(shown.at("/request/body").textValue()).isEqualTo(theOne().body());
    }

    @Test
    void everythingWrongWithAPreviewIsNamedAtOnce() {
        var at = "/v1/subscriptions/preview";

        invalid(
                api.post(
                        at,
                        "{\"subscription\":{\"events\":[\"a b\"],\"typo\":1},\"event\":{\"type\":\"a b\",\"x\":1},\"more\":1}"),
                "/more",
                "/event/type",
                "/event/x",
                "/subscription/events/0",
                "/subscription/typo",
                "/subscription/config/url");
        invalid(api.post(at, "{}"), "/subscription", "/event");
        invalid(
                api.post(at, "{\"subscription\":7,\"event\":{\"type\":\"a\"},\"eventId\":\"evt_1\"}"),
                "/subscription",
                "/eventId");
    }

    private JsonNode preview(String subscription, String event) {
        return api.post("/v1/subscriptions/preview", "{\"subscription\":%s,%s}".formatted(subscription, event))
                .expect(200)
                .json();
    }
}
