package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.Credential;
import io.waypost.connector.connection.Credentials;
import io.waypost.delivery.DeliveryQueues;
import io.waypost.event.EventLog;
import io.waypost.platform.Json;
import io.waypost.platform.node.Nodes;
import io.waypost.replay.Housekeeping;
import io.waypost.replay.ReplayStore;
import io.waypost.replay.ReplayStore.Mode;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Gateway;
import io.waypost.testing.Proxy;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.support.TransactionTemplate;

/** Two gateways on one PostgreSQL; the way of the second one to it can be cut. */
class TwoNodesTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String SECRET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static Proxy wire;
    private static Gateway one;
    private static Gateway two;

    private Receiver receiver;

    @BeforeAll
    static void start() {
        var url = TestDatabases.postgresUrl();
        var port = url.replaceAll(".*:(\\d+)/.*", "$1");
        wire = new Proxy(Integer.parseInt(port));
        one = node(url);
        two = node(url.replace(":" + port + "/", ":" + wire.port() + "/"));
    }

    private static Gateway node(String url) {
        var settings = new LinkedHashMap<String, Object>(Map.of("waypost.db.user", "postgres"));
        settings.put("waypost.db.url", url);
        settings.put("waypost.secret-key", SECRET_KEY);
        // Long segments would leave all the work of a short test to one node.
        settings.put("waypost.log.segment", 10);
        return Gateway.with(settings);
    }

    @AfterAll
    static void stop() {
        two.close();
        one.close();
        wire.close();
    }

    @BeforeEach
    void open() {
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        for (var subscription : first().list("/v1/subscriptions", "")) {
            one.admin().delete("/v1/subscriptions/" + subscription.path("id").textValue());
        }
        receiver.close();
    }

    private static Client first() {
        return new Client(one.admin());
    }

    private static Client second() {
        return new Client(two.admin());
    }

    /** On the first node; returns when the second one has heard of it. */
    private String subscribe(String type, String more) {
        var id = first().subscribe(type, receiver.url(), more);
        var no = one.bean(SubscriptionStore.class).find(id).orElseThrow().no();
        await().atMost(SOON)
                .until(() -> two.bean(SubscriptionIndex.class).current(no).isPresent());
        return id;
    }

    private List<String> receivedIds() {
        return receiver.received().stream().map(Receiver.Received::id).toList();
    }

    @Test
    void theyShareTheWorkAndEachEventIsDeliveredOnce() {
        subscribe("order.created", "");

        var ids = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            ids.addAll(first().publish("order.created", 0, 10));
            ids.addAll(second().publish("order.created", 0, 10));
        }

        await().atMost(SOON).until(() -> new HashSet<>(receivedIds()).size() == 400);
        await().atMost(SOON).untilAsserted(first()::assertNothingWaits);
        assertThat(receivedIds()).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void batchesThatBothFillGoOnceAndAreNeverTooLarge() {
        subscribe("order.batched", "\"batch\":{\"maxItems\":7,\"maxWait\":\"1h\"}");

        for (int i = 0; i < 10; i++) {
            first().publish("order.batched", 10 * i, 5);
            second().publish("order.batched", 10 * i + 5, 5);
        }

        await().atMost(SOON).until(() -> receiver.received().size() >= 14);
        one.clock().advance(Duration.ofHours(2));
        two.clock().advance(Duration.ofHours(2));
        await().atMost(SOON).untilAsserted(first()::assertNothingWaits);
        var batches = receiver.received().stream()
                .map(request -> Json.read(request.body()))
                .toList();
        assertThat(batches).allSatisfy(batch -> assertThat(batch).hasSizeLessThanOrEqualTo(7));
        assertThat(batches.stream()
                        .flatMap(batch -> StreamSupport.stream(batch.spliterator(), false))
                        .map(event -> event.at("/data/number").intValue()))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void aDeactivationIsSeenByBothAndToldOnce() {
        var owner = new Receiver();
        try (owner) {
            first().subscribe("webhook.deactivated", owner.url(), "");
            receiver.answers(410);
            var subscription = subscribe("order.created", "\"concurrency\":1");

            for (int i = 0; i < 5; i++) {
                first().publish("order.created", i, 5);
                second().publish("order.created", i, 5);
            }

            await().atMost(SOON)
                    .until(() -> second().subscription(subscription)
                                    .at("/replayBuffer/count")
                                    .intValue()
                            == 50);
            await().atMost(SOON).until(() -> !owner.received().isEmpty());
            // A late answer of before the activation would deactivate it anew.
            await().atMost(SOON)
                    .until(() -> one.bean(DeliveryQueues.class).inFlight()
                                    + two.bean(DeliveryQueues.class).inFlight()
                            == 0);
            receiver.answers(200);
            receiver.received().clear();
            second().activateWithReplay(subscription);
            await().atMost(SOON).until(() -> new HashSet<>(receivedIds()).size() == 50);
            await().atMost(SOON)
                    .until(() -> first().subscription(subscription)
                                    .at("/replayBuffer/count")
                                    .intValue()
                            == 0);
            assertThat(receivedIds()).doesNotHaveDuplicates();
            assertThat(owner.received()).hasSize(1);
        }
    }

    @Test
    void whatANodeThatIsCutOffWantedOfABufferTheOtherOneDoes() {
        var subscription = subscribe("order.created", "");
        var no = one.bean(SubscriptionStore.class)
                .find(subscription)
                .orElseThrow()
                .no();
        one.admin()
                .post("/v1/subscriptions/" + subscription + "/deactivate", null)
                .expect(200);
        var event = first().publish("order.created", 0, 1).getFirst();
        await().atMost(SOON)
                .until(() -> second().subscription(subscription)
                                .at("/replayBuffer/count")
                                .intValue()
                        == 1);

        // As in an activation that does not come to letting the buffer out.
        two.bean(TransactionTemplate.class).executeWithoutResult(_ -> {
            var now = two.clock().instant();
            two.bean(SubscriptionStore.class).changeState(no, State.Kind.PAUSED, State.activated(now), now);
            two.bean(ReplayStore.class).decide(no, Mode.DISCARD, now);
        });
        wire.cut();
        one.clock().advance(Duration.ofSeconds(5));

        await().atMost(SOON).untilAsserted(() -> assertThat(first().deliveries("event=" + event))
                .extracting(d -> d.path("status").textValue())
                .containsExactly("discarded"));
        wire.mend();
        await().atMost(SOON).until(() -> two.admin().get("/actuator/health").status() == 200);
        assertThat(receiver.received()).isEmpty();
    }

    @Test
    void aChangeOfAConnectionReachesTheOtherNode() {
        var connection = one.admin()
                .post("/v1/connections", "{\"name\":\"CRM\",\"kind\":\"bearer\",\"config\":{\"token\":\"t1\"}}")
                .expect(201)
                .json()
                .path("id")
                .textValue();
        var subscription = subscribe("order.created", "\"connection\":\"%s\"".formatted(connection));
        assertThat(two.bean(Credentials.class).find("default", connection)).contains(new Credential.Token("t1"));

        one.admin()
                .patch("/v1/connections/" + connection, "{\"config\":{\"token\":\"t2\"}}")
                .expect(200);

        assertThat(one.bean(Credentials.class).find("default", connection)).contains(new Credential.Token("t2"));
        await().atMost(SOON).until(() -> two.bean(Credentials.class)
                .find("default", connection)
                .equals(Optional.of(new Credential.Token("t2"))));
        first().api().delete("/v1/subscriptions/" + subscription).expect(204);
        two.admin().delete("/v1/connections/" + connection).expect(204);
        await().atMost(SOON)
                .until(() ->
                        one.bean(Credentials.class).find("default", connection).isEmpty());
    }

    @Test
    void whatANodeThatIsCutOffHeldIsTakenOverAndItsLateWordsCountForNothing() {
        var subscription = subscribe("order.created", "\"concurrency\":4,\"deactivation\":{\"afterFailures\":0}");
        receiver.answers((_, exchange) -> {
            Delays.of(50);
            exchange.sendResponseHeaders(200, -1);
        });
        var ids = new ArrayList<String>();
        for (int i = 0; i < 10; i++) {
            ids.addAll(first().publish("order.created", 0, 10));
            ids.addAll(second().publish("order.created", 0, 10));
        }
        await().atMost(SOON).until(() -> receivedIds().size() > 20);

        wire.cut();
        // The leases of the other one end.
        one.clock().advance(Duration.ofMinutes(3));

        await().atMost(SOON).until(() -> new HashSet<>(receivedIds()).containsAll(ids));
        await().atMost(SOON).untilAsserted(first()::assertNothingWaits);
        wire.mend();
        two.clock().advance(Duration.ofMinutes(3));
        await().atMost(SOON).until(() -> two.admin().get("/actuator/health").status() == 200);
        var late = second().publish("order.created", 0, 1).getFirst();
        await().atMost(SOON).until(() -> receivedIds().contains(late));
        await().atMost(SOON).untilAsserted(first()::assertNothingWaits);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(first().deliveries("status=succeeded&subscription=" + subscription))
                        .hasSize(201));
    }

    @Test
    void aNodeThatIsCutOffDoesNotCountUntilItIsBack() {
        var both = Set.of(one.bean(Nodes.class).id(), two.bean(Nodes.class).id());
        await().atMost(SOON).until(() -> one.bean(Nodes.class).living().equals(both));

        wire.cut();
        await().atMost(SOON).until(() -> one.bean(Nodes.class).living().size() == 1);
        assertThat(two.bean(Nodes.class).living()).as("as far as it knows").isEqualTo(both);

        wire.mend();
        await().atMost(SOON).until(() -> one.bean(Nodes.class).living().equals(both));
        await().atMost(SOON).until(() -> two.admin().get("/actuator/health").status() == 200);
    }

    @Test
    void bothMayDeleteWhatIsTooOldAtOnceAndNeitherTripsOverTheOther() throws Exception {
        subscribe("order.old", "");
        var old = new ArrayList<String>();
        for (int i = 0; i < 4; i++) {
            old.addAll(first().publish("order.old", 0, 500));
        }
        await().atMost(SOON).until(() -> new HashSet<>(receivedIds()).containsAll(old));
        // What has arrived may not have been recorded yet, and is kept until it has.
        await().atMost(SOON).until(() -> one.bean(EventLog.class).backlog().events() == 0);
        one.clock().advance(Duration.ofDays(31));
        two.clock().advance(Duration.ofDays(31));

        try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
            var purges = List.of(
                    both.submit(one.bean(Housekeeping.class)::purge), both.submit(two.bean(Housekeeping.class)::purge));
            for (var purge : purges) {
                purge.get();
            }
        }

        assertThat(second().list("/v1/events", "type=order.old")).isEmpty();
        assertThat(second().deliveries("status=succeeded")).isEmpty();
    }
}
