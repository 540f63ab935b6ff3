package io.waypost.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A client of Benchmark Email's webhooks of a list, unchanged. */
class BenchmarkCallsTest extends Calls {

    private static final String LIST = "/Contact/15242968/Webhooks";

    @Test
    @DisplayName("B8, B9, B10: made by the vendor's own request, listed, and what it sends is the vendor's form")
    void created() {
        assertThat(call("GET", LIST, null))
                .isEqualTo(Json.read(fixture("api/benchmark.get-webhooks.empty.response.json")));

        var created = create();

        var expected = (ObjectNode) Json.read(wire("api/benchmark.create-webhook.response.json", "/hook"));
        var id = created.at("/Response/Data/ID").textValue();
        ((ObjectNode) expected.at("/Response/Data")).put("ID", id);
        assertThat(created).isEqualTo(expected);
        var list = call("GET", LIST, null);
        assertThat(list.at("/Response/Count").intValue()).isEqualTo(1);
        assertThat(list.at("/Response/Data/0")).isEqualTo(created.at("/Response/Data"));
        publish("subscriber.opted_in", "benchmark.subscribe.json");
        awaitReceived(1);
        assertThat(receiver.received().getFirst().body())
                .isEqualTo(fixture("wire/benchmark.subscribe.form.txt").strip());
        assertThat(receiver.received().getFirst().header("content-type"))
                .isEqualTo("application/x-www-form-urlencoded");
        assertThat(theOne("benchmark").at("/retry/profile").textValue()).isEqualTo("benchmark");
    }

    @Test
    @DisplayName("B8: an event of another list, or of a kind that is not ticked, sends nothing")
    void onlyItsListAndItsKinds() {
        create();

        publish(
                "{\"type\":\"subscriber.opted_in\",\"data\":{\"contact\":{\"email\":\"a@example.com\"},\"lists\":[{\"id\":\"7\"}]}}");
        publish(
                "{\"type\":\"subscriber.profile_updated\",\"data\":{\"contact\":{\"email\":\"a@example.com\"},\"list\":{\"id\":\"15242968\"}}}");
        var cleaned = publish(
                "{\"type\":\"subscriber.cleaned\",\"data\":{\"contact\":{\"email\":\"a@example.com\"},\"reason\":\"bounce\",\"list\":{\"id\":15242968}}}");

        awaitDelivered(cleaned);
        assertThat(receiver.received()).singleElement().satisfies(r -> assertThat(r.body())
                .startsWith("type=cleaned&fired_at=")
                .contains("&list_id=15242968&email=a%40example.com"));
    }

    @Test
    @DisplayName("B9: several webhooks of a list; a change keeps the id, a deletion stops at once")
    void changedAndDeleted() {
        var first = create().at("/Response/Data/ID").textValue();
        var second = create().at("/Response/Data/ID").textValue();
        assertThat(call("GET", LIST, null).at("/Response/Data").findValuesAsText("ID"))
                .containsExactly(first, second);

        var changed = call(
                "PATCH",
                LIST + "/" + first,
                "{\"Data\":{\"ProfileUpdates\":\"1\",\"Subscribes\":\"0\",\"ClientUrl\":\"%s\"}}"
                        .formatted(receiver.url("/other")));

        assertThat(changed.at("/Response/Data/ID").textValue()).isEqualTo(first);
        assertThat(changed.at("/Response/Data/ProfileUpdates").textValue()).isEqualTo("1");
        assertThat(changed.at("/Response/Data/Subscribes").textValue()).isEqualTo("0");
        assertThat(changed.at("/Response/Data/Unsubscribes").textValue()).isEqualTo("1");
        assertThat(changed.at("/Response/Data/ClientUrl").textValue()).isEqualTo(receiver.url("/other"));
        assertThat(call("DELETE", LIST + "/" + second, null))
                .isEqualTo(Json.read(fixture("api/benchmark.delete-webhook.response.json")));
        assertThat(call("GET", LIST, null).at("/Response/Data").findValuesAsText("ID"))
                .containsExactly(first);
        assertThat(call("GET", "/Contact/7/Webhooks", null)
                        .at("/Response/Count")
                        .intValue())
                .isZero();
    }

    @Test
    void whatIsWrongHasStatusMinusOne() {
        assertThat(status(call("POST", LIST, "{\"Data\":{\"Subscribes\":\"1\",\"ClientUrl\":\"ftp://x.example/\"}}")))
                .isEqualTo("-1");
        assertThat(status(call("POST", LIST, "{\"Data\":{\"ClientUrl\":\"%s\"}}".formatted(receiver.url()))))
                .isEqualTo("-1");
        assertThat(status(call("POST", LIST, "no json"))).isEqualTo("-1");
        assertThat(status(call("DELETE", LIST + "/0", null))).isEqualTo("-1");
        var nobody =
                bare.send("GET", LIST, null, "AuthToken", "wrong").expect(200).json();
        assertThat(nobody.at("/Response/Status").textValue()).isEqualTo("-1");
        assertThat(nobody.at("/Response/Errors/0").textValue()).contains("Authentication");
    }

    private JsonNode create() {
        return call("POST", LIST, wire("api/benchmark.create-webhook.request.json", "/hook"));
    }

    private JsonNode call(String method, String path, String body) {
        return bare.send(method, path, body, "AuthToken", key).expect(200).json();
    }

    private static String status(JsonNode answer) {
        return answer.at("/Response/Status").textValue();
    }
}
