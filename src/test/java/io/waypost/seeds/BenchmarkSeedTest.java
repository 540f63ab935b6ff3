package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Delays;
import io.waypost.testing.Receiver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Seed 002: what users of Benchmark Email find here as well. */
class BenchmarkSeedTest extends Flow {

    private static final String FIXTURE = "benchmark.subscribe.json";
    private static final String LIST = "15242968";
    private static final List<String> FIVE_KINDS = List.of(
            "subscriber.opted_in",
            "subscriber.opted_out",
            "subscriber.profile_updated",
            "subscriber.cleaned",
            "subscriber.email_changed");

    @Test
    @DisplayName("B1, B4: what happens is pushed to the URL at once")
    void b1b4() {
        subscribeTo("subscriber.opted_in", receiver.url(), "");

        publish("subscriber.opted_in", FIXTURE);

        await().atMost(Delays.PAUSE)
                .untilAsserted(() -> assertThat(receiver.received()).hasSize(1));
        assertThat(body(receiver.received().getFirst()).path("data")).isEqualTo(Json.read(fixture(FIXTURE)));
    }

    @Test
    @DisplayName("B3: a bank's transactions, followers, likes and messages: any system can be a source of events")
    void b3() {
        var bank = source("\"type\":\"account.balance_changed\",\"id\":\"(booking)\"");
        var instagram = source("\"type\":\"('instagram.' & field)\",\"id\":\"(field & value.id)\"");
        subscribeTo("account.balance_changed", receiver.url("/bank"), "\"transform\":\"data.raw\"");
        subscribeTo("instagram.*", receiver.url("/instagram"), "");
        var booking = "{\"booking\":18859015918863553,\"account\":\"DE00 1234\",\"change\":-250.50}";

        post(bank, booking);
        post(bank, booking);
        for (var field : List.of("follows", "likes", "messages")) {
            post(
                    instagram,
                    "{\"field\":\"%s\",\"value\":{\"id\":\"1\",\"text\":\"Hi from %s\"}}".formatted(field, field));
        }

        awaitReceived(4);
        assertThat(receiver.received())
                .filteredOn(r -> r.path().equals("/bank"))
                .singleElement()
                .satisfies(r -> assertThat(r.body()).isEqualTo(booking));
        assertThat(receiver.received())
                .filteredOn(r -> r.path().equals("/instagram"))
                .extracting(r -> body(r).path("type").textValue() + ": "
                        + body(r).at("/data/raw/value/text").textValue())
                .containsExactlyInAnyOrder(
                        "instagram.follows: Hi from follows",
                        "instagram.likes: Hi from likes",
                        "instagram.messages: Hi from messages");
    }

    @Test
    @DisplayName("B5: those who left because of one e-mail campaign, and nobody else")
    void b5() {
        subscribeTo("subscriber.opted_out", receiver.url(), "\"filter\":{\"data\":{\"campaign\":{\"id\":[\"C7\"]}}}");

        optedOut("{\"contact\":{\"email\":\"a@example.com\"},\"campaign\":{\"id\":\"C6\"}}");
        optedOut("{\"contact\":{\"email\":\"b@example.com\"}}");
        var event = optedOut("{\"contact\":{\"email\":\"c@example.com\"},\"campaign\":{\"id\":\"C7\"}}");

        awaitDelivered(event);
        assertThat(receiver.received()).hasSize(1);
    }

    @Test
    @DisplayName("B6: the five kinds of events, each of which can be had")
    void b6() {
        var names = new ArrayList<String>();
        api.get("/v1/event-types?limit=250")
                .expect(200)
                .json()
                .path("data")
                .forEach(t -> names.add(t.path("name").textValue()));
        assertThat(names).containsAll(FIVE_KINDS);
        subscribeToList(LIST, FIVE_KINDS);

        FIVE_KINDS.forEach(kind -> publish(kind, FIXTURE));

        awaitReceived(5);
        assertThat(receiver.received())
                .extracting(r -> body(r).path("type").textValue())
                .containsExactlyInAnyOrderElementsOf(FIVE_KINDS);
    }

    @Test
    @DisplayName("B8: a webhook belongs to one list and to the kinds that are ticked")
    void b8() {
        subscribeToList(LIST, List.of("subscriber.opted_in", "subscriber.opted_out", "subscriber.cleaned"));

        publish("subscriber.profile_updated", FIXTURE);
        publishData("subscriber.opted_in", ofList("999"));
        var first = publish("subscriber.opted_in", FIXTURE);
        var second = publish("subscriber.opted_out", FIXTURE);

        awaitDelivered(first);
        awaitDelivered(second);
        assertThat(receiver.received()).hasSize(2);
        api.post("/v1/subscriptions", "{\"events\":[\"subscriber.opted_in\"],\"config\":{\"url\":\"www.example.com\"}}")
                .expect(422);
    }

    @Test
    @DisplayName("B9: several webhooks for a list; an update keeps the id, deletion stops at once")
    void b9() {
        var first = subscribeToList(LIST, List.of("subscriber.opted_in"));
        var second = subscribeToList(LIST, List.of("subscriber.opted_in"));
        publish("subscriber.opted_in", FIXTURE);
        awaitReceived(2);

        var updated = api.patch(
                        "/v1/subscriptions/" + first,
                        "{\"events\":[\"subscriber.opted_out\"],\"config\":{\"url\":\"%s\"}}"
                                .formatted(receiver.url("/changed")))
                .expect(200)
                .json();
        api.delete("/v1/subscriptions/" + second).expect(204);
        publish("subscriber.opted_in", FIXTURE);
        var event = publish("subscriber.opted_out", FIXTURE);

        assertThat(updated.path("id").textValue()).isEqualTo(first);
        assertThat(updated.path("filter")).isEqualTo(Json.read(listFilter(LIST)));
        awaitDelivered(event);
        assertThat(receiver.received()).hasSize(3);
        assertThat(receiver.received().getLast().path()).isEqualTo("/changed");
    }

    @Test
    @DisplayName("B10: the event's data as key and value in an HTTP POST, as Benchmark writes it")
    void b10() {
        create(
                "{\"event\":\"subscriber.opted_in\",\"config\":{\"url\":\"%s\",\"format\":\"form\"},\"transform\":\"data\"}"
                        .formatted(receiver.url()));

        publish("subscriber.opted_in", FIXTURE);

        awaitReceived(1);
        Receiver.Received request = receiver.received().getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.header("content-type")).isEqualTo("application/x-www-form-urlencoded");
        assertThat(request.body())
                .isEqualTo(fixture("wire/benchmark.subscribe.form.txt").strip());
    }

    /** Answers the URL to post to. */
    private String source(String settings) {
        return api.post("/v1/sources", "{\"source\":\"generic\",\"settings\":{%s}}".formatted(settings))
                .expect(201)
                .json()
                .path("url")
                .textValue();
    }

    /** As somebody who has nothing but the URL. */
    private void post(String url, String body) {
        api.with(null).post(url, body).expect(200);
    }

    private String subscribeToList(String list, List<String> kinds) {
        return create("{\"events\":%s,\"filter\":%s,\"url\":\"%s\"}"
                .formatted(Json.write(kinds), listFilter(list), receiver.url()));
    }

    private static String listFilter(String list) {
        return "{\"data\":{\"list_id\":[\"%s\"]}}".formatted(list);
    }

    private static ObjectNode ofList(String list) {
        return ((ObjectNode) Json.read(fixture(FIXTURE))).put("list_id", list);
    }

    private String optedOut(String data) {
        return publish("{\"type\":\"subscriber.opted_out\",\"data\":%s}".formatted(data));
    }
}
