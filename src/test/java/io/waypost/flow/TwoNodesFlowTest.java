package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.subscription.SubscriptionStore.Query;
import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Users' flows on two gateways with one PostgreSQL, each with a routes directory of its own. */
class TwoNodesFlowTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** Longer than a node waits for another's answer. */
    private static final Duration ANSWERED = Duration.ofSeconds(10);

    private static String database;
    private static Path inbox;
    private static JdbcClient shop;
    private static Map<String, Object> settings;
    private static FlowNode one;
    private static FlowNode two;

    private Receiver receiver;

    @BeforeAll
    static void start() throws IOException {
        database = TestDatabases.postgresUrl();
        var outbox = TestDatabases.postgresUrl();
        shop = JdbcClient.create(new DriverManagerDataSource(outbox));
        inbox = Files.createTempDirectory("inbox");
        settings = Map.of(
                "waypost.inbox-dir",
                inbox,
                "waypost.flows.datasources.shop.url",
                outbox,
                "waypost.flows.properties.outbox-millis",
                100,
                "waypost.flows.properties.daily-schedule",
                "0/1 * * * * ?");
        one = FlowNode.on(database, settings);
        two = FlowNode.on(database, settings);
    }

    @AfterAll
    static void stop() {
        two.gateway().close();
        one.gateway().close();
    }

    @BeforeEach
    void open() {
        receiver = new Receiver();
    }

    @AfterEach
    void close() throws IOException {
        for (var node : List.of(one, two)) {
            node.removeAll();
        }
        for (var subscription : one.client().list("/v1/subscriptions", "")) {
            one.gateway()
                    .admin()
                    .delete("/v1/subscriptions/" + subscription.path("id").textValue());
        }
        receiver.close();
    }

    private String flow(String id, String type) {
        return """
                - route:
                    id: %s
                    from:
                      uri: waypost:%s
                      parameters: {retry: none}
                      steps:
                        - to: %s
                """.formatted(id, type, receiver.url());
    }

    private List<Integer> numbers() {
        return receiver.received().stream().map(Client::number).toList();
    }

    private static void publishOnBoth(String type, int each) {
        for (int i = 0; i < each; i += 10) {
            one.client().publish(type, 2 * i, 10);
            two.client().publish(type, 2 * i + 10, 10);
        }
    }

    private void assertEachOnce(int count) {
        await().atMost(SOON).until(() -> new HashSet<>(numbers()).size() >= count);
        await().atMost(SOON).untilAsserted(one.client()::assertNothingWaits);
        assertThat(numbers())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, count).boxed().toList());
    }

    @Test
    void theSameFileOnBothIsOneSubscriptionAndEachEventRunsThroughItOnce() throws IOException {
        one.put("both", flow("both", "flow.both"));
        two.put("both", flow("both", "flow.both"));
        one.awaitStarted("both");
        two.awaitStarted("both");

        publishOnBoth("flow.both", 100);

        assertEachOnce(200);
        assertThat(one.gateway()
                        .bean(SubscriptionStore.class)
                        .list(new Query(null, "routes", null, null, null, Long.MAX_VALUE, 10)))
                .hasSize(1);
        assertThat(two.subscriptionOf("both")).isEqualTo(one.subscriptionOf("both"));
    }

    @Test
    void aFlowThatOneNodeLacksIsNeitherPausedNorFailedByIt() throws IOException {
        one.put("single", flow("single", "flow.single"));
        one.awaitStarted("single");
        var id = one.subscriptionOf("single");

        publishOnBoth("flow.single", 50);
        two.asks(id);
        await().atMost(SOON).until(() -> one.stored(id).state().equals(Subscription.State.ACTIVE));
        two.gateway().clock().advance(ANSWERED);
        publishOnBoth("flow.single", 50);

        await().atMost(SOON).until(() -> numbers().size() == 200);
        await().atMost(SOON).untilAsserted(one.client()::assertNothingWaits);
        assertThat(two.client().deliveries("subscription=" + id)).hasSize(200).allSatisfy(delivery -> {
            assertThat(delivery.path("status").textValue()).isEqualTo("succeeded");
            assertThat(delivery.path("attemptCount").intValue()).isEqualTo(1);
            assertThat(delivery.path("replay").booleanValue()).isFalse();
        });
        assertThat(two.stored(id).state()).isEqualTo(Subscription.State.ACTIVE);
    }

    /** Also where the place would be the other node's, if it had the flow. */
    @Test
    void aFlowWithOnePlaceRunsOnTheNodeThatHasIt() throws IOException {
        for (int i = 0; i < 4; i++) {
            var id = "narrow" + i;
            one.put(id, flow(id, "flow." + id).replace("retry: none", "retry: none, concurrency: 1"));
            one.awaitStarted(id);
        }

        for (int i = 0; i < 4; i++) {
            publishOnBoth("flow.narrow" + i, 10);
        }

        await().atMost(SOON).until(() -> numbers().size() == 80);
        await().atMost(SOON).untilAsserted(one.client()::assertNothingWaits);
    }

    @Test
    void aFlowThatIsOnNoNodeAnyMoreIsPausedAndGoesOnWhereItComesBack() throws IOException {
        one.put("moving", flow("moving", "flow.moving"));
        one.awaitStarted("moving");
        var id = one.subscriptionOf("moving");

        one.remove("moving");
        await().atMost(SOON)
                .until(() -> "route_missed".equals(one.stored(id).state().reason()));
        one.client().publish("flow.moving", 0, 5);
        one.gateway().clock().advance(ANSWERED);
        await().atMost(SOON)
                .until(() -> "route_gone".equals(one.stored(id).state().reason()));
        two.client().publish("flow.moving", 5, 5);
        await().atMost(SOON)
                .until(() ->
                        two.client().subscription(id).at("/replayBuffer/count").intValue() == 10);

        two.put("moving", flow("moving", "flow.moving"));

        assertEachOnce(10);
        assertThat(two.stored(id).active()).isTrue();
    }

    @Test
    void whoPausesAFlowThatRunsElsewhereIsCorrected() throws IOException {
        one.put("wronged", flow("wronged", "flow.wronged"));
        one.awaitStarted("wronged");
        var id = one.subscriptionOf("wronged");

        // As a node does that could not be answered in time.
        two.gateway().bean(io.waypost.replay.Activation.class).pause(one.stored(id), "route_gone");

        publishOnBoth("flow.wronged", 10);
        assertEachOnce(20);
        await().atMost(SOON).until(() -> one.stored(id).active());
    }

    @Test
    void aSourceTakesEventsOnEitherNodeAtOnceAndAfterARestart() throws IOException {
        var first = source(one);
        var second = source(two);

        // What follows a change within a second would be late here: nothing may be cached.
        post(two, first, 1).expect(200);
        post(one, second, 2).expect(200);
        post(two, first, 1).expect(200);
        two.gateway().close();
        two = FlowNode.on(database, settings);
        post(two, first, 3).expect(200);
        assertThat(one.numbers("source.posted")).containsExactlyInAnyOrder(1, 2, 3);

        two.gateway()
                .admin()
                .delete("/v1/sources/" + second.path("id").textValue())
                .expect(204);
        post(one, second, 4).expect(404);
    }

    private static JsonNode source(FlowNode node) {
        return node.gateway()
                .admin()
                .post(
                        "/v1/sources",
                        "{\"source\":\"generic\",\"settings\":{\"type\":\"source.posted\",\"id\":\"(number)\"}}")
                .expect(201)
                .json();
    }

    private static Api.Answer post(FlowNode node, JsonNode source, int number) {
        return node.gateway()
                .admin()
                .post(
                        source.path("url").textValue().replaceFirst("^https?://[^/]+", ""),
                        "{\"number\":%d}".formatted(number));
    }

    @Test
    void filesInAnInboxThatBothWatchArePublishedOnce() throws IOException {
        for (int i = 0; i < 20; i++) {
            FlowNode.place(
                    inbox.resolve(i + ".json"), "{\"type\":\"file.common\",\"data\":{\"number\":%d}}".formatted(i));
        }

        await().atMost(SOON)
                .until(() -> IntStream.range(0, 20).allMatch(i -> Files.exists(inbox.resolve(".done/" + i + ".json"))));
        assertThat(one.numbers("file.common"))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 20).boxed().toList());
        assertThat(inbox.resolve(".rejected")).doesNotExist();
    }

    @Test
    void theRowsOfAnOutboxThatBothPollArePublishedOnce() throws IOException {
        var flow = example("outbox-events");
        shop.sql(flow.replaceAll("(?s).*#\\s+(create table [^;]*);.*", "$1")).update();
        one.put("outbox-events", flow);
        two.put("outbox-events", flow);
        one.awaitStarted("outbox-events");
        two.awaitStarted("outbox-events");

        shop.sql("""
                insert into outbox (type, data)
                select 'outbox.common', json_build_object('number', n)::jsonb from generate_series(0, 299) n
                """).update();

        await().atMost(SOON)
                .until(() -> shop.sql("select count(*) from outbox where published_at is null")
                                .query(Integer.class)
                                .single()
                        == 0);
        assertThat(one.numbers("outbox.common"))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 300).boxed().toList());
        assertThat(shop.sql("select count(*) from outbox where failed_at is not null")
                        .query(Integer.class)
                        .single())
                .isZero();
    }

    @Test
    void aScheduleThatBothKeepIsOneEventATime() throws IOException {
        one.put("daily-event", example("daily-event"));
        two.put("daily-event", example("daily-event"));
        one.awaitStarted("daily-event");
        two.awaitStarted("daily-event");

        await().atMost(SOON).until(() -> !one.events("day.began").isEmpty());

        assertThat(one.events("day.began"))
                .extracting(event -> event.path("sourceId").asText())
                .doesNotHaveDuplicates();
    }

    private static String example(String name) throws IOException {
        return Files.readString(Path.of("routes/examples", name + ".camel.yaml"));
    }
}
