package io.waypost.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The section "Deliveries" of the HTTP contract. */
class DeliveriesContractTest extends Contract {

    @Test
    void aDeliveryAndItsAttemptsReadBackFieldByField() {
        receiver.answers((request, exchange) -> Receiver.text(
                        receiver.received().indexOf(request) == 0 ? 500 : 200, "é".repeat(600))
                .to(request, exchange));
        var subscription = subscribe("", "\"retry\":{\"schedule\":[\"50ms\"]}");

        var event = order("1");

        var delivery = awaitDelivery(event, "succeeded");
        assertThat(names(delivery))
                .containsExactlyInAnyOrder(
                        "id",
                        "event",
                        "type",
                        "subscription",
                        "status",
                        "attemptCount",
                        "nextAttemptAt",
                        "createdAt",
                        "finishedAt",
                        "replay",
                        "attempts");
        assertThat(delivery.path("id").textValue()).startsWith("dlv_");
        assertThat(delivery.path("event").textValue()).isEqualTo(event);
        assertThat(delivery.path("type").textValue()).isEqualTo("order.created");
        assertThat(delivery.path("subscription").textValue()).isEqualTo(subscription);
        assertThat(delivery.path("attemptCount").intValue()).isEqualTo(2);
        assertThat(delivery.path("nextAttemptAt").isNull()).isTrue();
        assertThat(delivery.path("replay").booleanValue()).isFalse();
        assertThat(Instant.parse(delivery.path("finishedAt").textValue()))
                .isAfterOrEqualTo(Instant.parse(delivery.path("createdAt").textValue()));
        var first = delivery.at("/attempts/0");
        assertThat(names(first))
                .containsExactlyInAnyOrder(
                        "id", "number", "at", "durationMs", "outcome", "statusCode", "error", "detail", "responseBody");
        assertThat(first.path("outcome").textValue()).isEqualTo("failed");
        assertThat(first.path("statusCode").intValue()).isEqualTo(500);
        assertThat(first.path("error").textValue()).isEqualTo("http_status");
        assertThat(first.path("detail").textValue()).isNotBlank();
        assertThat(first.path("responseBody").textValue())
                .startsWith("é".repeat(511))
                .hasSizeLessThan(514);
        var second = delivery.at("/attempts/1");
        assertThat(second.path("number").intValue()).isEqualTo(2);
        assertThat(second.path("outcome").textValue()).isEqualTo("succeeded");
        assertThat(second.path("error").isNull()).isTrue();
        assertThat(deliveries(event).getFirst().has("attempts")).isFalse();
    }

    private static List<String> names(JsonNode object) {
        return StreamSupport.stream(((Iterable<String>) object::fieldNames).spliterator(), false)
                .toList();
    }

    @Test
    void listsAreFilteredBySubscriptionEventStatusAndTime() {
        var first = subscribe("", "");
        var second = subscribe("", "");
        var event = order("1");
        var other = order("2");
        awaitReceived(4);
        await().atMost(SOON).until(() -> data("/v1/deliveries?status=succeeded").size() == 4);

        assertThat(data("/v1/deliveries?subscription=" + first)).hasSize(2);
        assertThat(data("/v1/deliveries?subscription=%s&event=%s".formatted(second, other)))
                .singleElement()
                .satisfies(d -> assertThat(d.path("event").textValue()).isEqualTo(other));
        assertThat(deliveries(event)).hasSize(2);
        assertThat(data("/v1/deliveries?status=exhausted")).isEmpty();
        assertThat(data("/v1/deliveries?since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z"))
                .isEmpty();
        assertThat(data("/v1/deliveries?since=2020-01-01T00:00:00Z")).hasSize(4);
        assertThat(data("/v1/deliveries?subscription=sub_nothing")).isEmpty();
        assertThat(data("/v1/deliveries?event=evt_nothing")).isEmpty();
        problem(api.get("/v1/deliveries/dlv_nothing"), 404);
        invalid(api.get("/v1/deliveries?status=lost&since=x&limit=y"), "/status", "/since", "/limit");
    }

    @Test
    void listsAreNewestFirstAndStableUnderInserts() {
        subscribe("", "");
        var events = new java.util.ArrayList<String>();
        for (int i = 0; i < 7; i++) {
            events.add(order("" + i));
        }
        await().atMost(SOON).until(() -> data("/v1/deliveries?status=succeeded").size() == 7);

        var first = api.get("/v1/deliveries?limit=3").expect(200).json();
        awaitDelivery(order("7"), "succeeded");

        assertThat(following(first, "/v1/deliveries?limit=3"))
                .extracting(d -> d.path("event").textValue())
                .containsExactlyElementsOf(events.reversed());
    }

    @Test
    void whatIsBufferedShowsWithItsSubscriptionOrEvent() {
        var id = subscribe("", "");
        api.post("/v1/subscriptions/" + id + "/deactivate", null).expect(200);
        var event = order("1");
        await().atMost(SOON)
                .until(() -> subscription(id).at("/replayBuffer/count").intValue() == 1);

        var buffered = data("/v1/deliveries?subscription=" + id).getFirst();
        assertThat(buffered.path("status").textValue()).isEqualTo("buffered");
        assertThat(deliveries(event)).containsExactly(buffered);
        assertThat(api.get("/v1/events/" + event).json().at("/deliveries/0")).isEqualTo(buffered);
        var at = "/v1/deliveries/" + buffered.path("id").textValue();
        assertThat(api.get(at).expect(200).json().path("attempts")).isEmpty();
        problem(api.post(at + "/retry", null), 409);
    }

    @Test
    void aRetryIsOneAttemptNowWithTheNextNumberInTheplaceOfTheScheduledOne() {
        receiver.answersInTurn(500, 500, 200);
        subscribe("", "\"retry\":{\"schedule\":[\"1h\",\"2h\"]}");
        var event = order("1");
        var waiting = awaitDelivery(event, "retrying");
        assertThat(Instant.parse(waiting.path("nextAttemptAt").textValue()))
                .isBetween(
                        gateway.clock().instant().plus(Duration.ofMinutes(59)),
                        gateway.clock().instant().plus(Duration.ofMinutes(73)));
        var retry = "/v1/deliveries/" + waiting.path("id").textValue() + "/retry";

        assertThat(api.post(retry, null).expect(202).json().path("id")).isEqualTo(waiting.path("id"));
        awaitReceived(2);
        await().atMost(SOON)
                .until(() -> awaitDelivery(event, "retrying").path("attempts").size() == 2);
        api.post(retry, "{}").expect(202);
        awaitDelivery(event, "succeeded");

        assertThat(receiver.received())
                .extracting(r -> r.header("waypost-attempt"))
                .containsExactly("1", "2", "3");
        invalid(api.post(retry, "{\"now\":true}"), "/now");
        problem(api.post("/v1/deliveries/dlv_nothing/retry", null), 404);
    }

    @Test
    void errorsHaveStableCodes() throws Exception {
        int closed;
        try (var socket = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        assertThat(error("http://127.0.0.1:" + closed + "/", "")).isEqualTo("connection_refused");
        assertThat(error(receiver.url(), ",\"transform\":\"$error('no')\"")).isEqualTo("transform_failed");
        receiver.answers(200);
        assertThat(error(receiver.url(), ",\"retry\":{\"profile\":\"getresponse\",\"schedule\":[]}"))
                .isEqualTo("response_rejected");
        receiver.answers((_, exchange) -> {
            await().pollDelay(Duration.ofMillis(600)).until(() -> true);
            exchange.sendResponseHeaders(200, -1);
        });
        assertThat(error(receiver.url(), ",\"timeout\":\"200ms\"")).isEqualTo("timeout");
    }

    private String error(String url, String more) {
        var retry = more.contains("retry") ? "" : ",\"retry\":{\"schedule\":[]}";
        var id = api.post(
                        "/v1/subscriptions",
                        "{\"event\":\"order.created\",\"url\":\"%s\"%s%s}".formatted(url, retry, more))
                .expect(201)
                .json()
                .path("id")
                .textValue();
        var delivery = awaitDelivery(order("1"), "exhausted");
        api.delete("/v1/subscriptions/" + id).expect(204);
        return delivery.at("/attempts/0/error").textValue();
    }
}
