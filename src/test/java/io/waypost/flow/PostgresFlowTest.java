package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.replay.Housekeeping;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Gateway;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the SQL of each part does, on PostgreSQL. */
class PostgresFlowTest extends Flow {

    private static Gateway postgres;

    PostgresFlowTest() {
        super(postgres);
    }

    @BeforeAll
    static void start() {
        postgres = Gateway.with(Map.of("waypost.db.url", TestDatabases.postgresUrl(), "waypost.db.user", "postgres"));
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Test
    void anEventIsDeliveredAndFailuresAreRetriedAtOnceLaterAndByHand() {
        receiver.answersInTurn(500, 500, 500, 204);
        subscribe("\"retry\":{\"schedule\":[\"50ms\",\"1h\"]}");

        var event = publish(1);
        var waiting = awaitDelivery(event, "retrying");
        await().atMost(SOON)
                .until(() ->
                        awaitDelivery(event, "retrying").path("attemptCount").intValue() == 2);
        gateway.clock().advance(Duration.ofHours(2));
        awaitDelivery(event, "exhausted");
        api.post("/v1/deliveries/" + waiting.path("id").textValue() + "/retry", null)
                .expect(202);

        assertThat(awaitDelivery(event, "succeeded").path("attempts"))
                .extracting(attempt -> attempt.path("statusCode").intValue())
                .containsExactly(500, 500, 500, 204);
    }

    @Test
    void aBrokenReceiverIsDeactivatedAndWhatItMissedIsSentInOrderOnActivation() {
        receiver.answers(410);
        var subscription = subscribe("");
        var first = publish(0);
        awaitState(subscription, "deactivated");
        publishMany(1, 30);
        awaitBuffered(subscription, 31);
        assertThat(deliveries("subscription=" + subscription + "&status=buffered"))
                .hasSize(31);
        receiver.answers(200);
        receiver.received().clear();

        api.post("/v1/subscriptions/" + subscription + "/activate?replayEvents=1", null)
                .expect(200);

        awaitReceived(31);
        assertThat(numbers())
                .containsExactlyElementsOf(IntStream.range(0, 31).boxed().toList());
        awaitBuffered(subscription, 0);
        assertThat(awaitDelivery(first, "succeeded").path("attemptCount").intValue())
                .isEqualTo(2);
        await().atMost(SOON)
                .until(() -> deliveries("subscription=" + subscription + "&status=succeeded")
                                .size()
                        == 31);
    }

    @Test
    void orderedDeliveriesKeepTheOrderOfTheLog() {
        receiver.answersInTurn(200, 500, 200);
        subscribe("\"ordered\":true,\"retry\":{\"schedule\":[\"200ms\"]}");

        publishMany(0, 20);

        awaitReceived(21);
        var numbers = numbers();
        assertThat(numbers.subList(0, 3)).containsExactly(0, 1, 1);
        assertThat(numbers.subList(3, 21))
                .containsExactlyElementsOf(IntStream.range(2, 20).boxed().toList());
    }

    @Test
    void listsAreFilteredAndPagedInTheDatabase() {
        subscribe("\"filter\":{\"data\":{\"number\":[{\"numeric\":[\">=\",5]}]}}");
        var ids = publishMany(0, 10);
        awaitReceived(5);
        await().atMost(SOON).until(() -> deliveries("status=succeeded").size() == 5);

        assertThat(api.get("/v1/events?type=order.created&limit=4")
                        .expect(200)
                        .json()
                        .path("data"))
                .extracting(e -> e.path("id").textValue())
                .containsExactlyElementsOf(ids.subList(6, 10).reversed());
        var page = api.get("/v1/deliveries?limit=3").expect(200).json();
        var rest = api.get("/v1/deliveries?cursor=" + page.path("next").textValue())
                .expect(200)
                .json();
        assertThat(page.path("data")).hasSize(3);
        assertThat(rest.path("data")).hasSize(2);
        assertThat(api.get("/v1/events?subject=none").expect(200).json().path("data"))
                .isEmpty();
        assertThat(api.get("/v1/subscriptions?event=order.created&active=true&connector=webhook")
                        .expect(200)
                        .json()
                        .path("data"))
                .hasSize(1);
        var since = api.get("/v1/events/" + ids.getFirst())
                .json()
                .path("receivedAt")
                .asText("");
        assertThat(since).as("the event says when it was received").isNotEmpty();
        assertThat(api.get("/v1/events?until=" + since).expect(200).json().path("data"))
                .isEmpty();
    }

    @Test
    void publishersIdsAndIdempotencyKeysAreSeenAgain() {
        subscribe("");
        var event = "{\"type\":\"order.created\",\"id\":\"o-1\",\"data\":{\"number\":1.10}}";

        var first = publish(event);
        var again = api.post("/v1/events", event).expect(202).json();
        var key = api.post("/v1/events", "{\"type\":\"order.created\"}", "Idempotency-Key", "k-1")
                .expect(202);
        var twin = api.post("/v1/events", "{\"type\":\"order.created\"}", "Idempotency-Key", "k-1")
                .expect(202);

        assertThat(again.at("/events/0/id").textValue()).isEqualTo(first);
        assertThat(again.at("/events/0/duplicate").booleanValue()).isTrue();
        assertThat(twin.text()).isEqualTo(key.text());
        awaitReceived(2);
        assertThat(receiver.received()).anySatisfy(r -> assertThat(r.body()).contains("1.10"));
    }

    @Test
    void eventTypesAreKept() {
        var type = "{\"description\":\"An order\",\"schema\":{\"type\":\"object\",\"required\":[\"number\"]}}";

        api.put("/v1/event-types/order.mine", type).expect(200);

        assertThat(api.get("/v1/event-types/order.mine")
                        .expect(200)
                        .json()
                        .path("description")
                        .textValue())
                .isEqualTo("An order");
        api.post("/v1/events", "{\"type\":\"order.mine\",\"data\":{\"number\":1}}")
                .expect(202);
        api.post("/v1/events", "{\"type\":\"order.mine\",\"data\":{}}").expect(422);
        api.delete("/v1/event-types/order.mine").expect(204);
    }

    @Test
    void whatBecameOfACampaignIsCounted() {
        var data = "{\"campaign\":{\"id\":\"7\",\"name\":\"Frühling\"},\"contact\":{\"email\":\"%s@example.com\"}}";
        for (var contact : List.of("ana", "ben", "ana")) {
            publish("{\"type\":\"message.opened\",\"data\":%s}".formatted(data.formatted(contact)));
        }

        await().atMost(SOON).untilAsserted(() -> {
            var campaign = api.get("/v1/campaigns/7").expect(200).json();
            assertThat(campaign.path("name").textValue()).isEqualTo("Frühling");
            assertThat(campaign.at("/events/opened").intValue()).isEqualTo(3);
            assertThat(campaign.at("/contacts/opened").intValue()).isEqualTo(2);
        });
        assertThat(api.get("/v1/campaigns").expect(200).json().path("data")).hasSize(1);
    }

    @Test
    void whatIsOlderThanTheRetentionIsDeleted() {
        subscribe("");
        var event = publish(1);
        awaitDelivery(event, "succeeded");
        gateway.clock().advance(Duration.ofDays(31));

        gateway.bean(Housekeeping.class).purge();

        api.get("/v1/events/" + event).expect(404);
        assertThat(deliveries("")).isEmpty();
    }
}
