package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Gateway;
import io.waypost.testing.Proxy;
import io.waypost.testing.Receiver;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The way to PostgreSQL is cut, or swallows whatever is sent on it, while publishers and receivers are at work. */
class DatabaseAwayIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private static Proxy wire;
    private static Gateway gateway;

    private final Receiver receiver = new Receiver();
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<Refusal> refused = new ConcurrentLinkedQueue<>();
    private final Client client = new Client(gateway.admin());

    private String subscription;
    private volatile boolean publishing = true;

    private record Refusal(Api.Answer answer, Duration after) {}

    @BeforeAll
    static void start() {
        var url = TestDatabases.postgresUrl();
        var port = url.replaceAll(".*:(\\d+)/.*", "$1");
        wire = new Proxy(Integer.parseInt(port));
        gateway = Gateway.with(Map.of(
                "waypost.db.url",
                url.replace(":" + port + "/", ":" + wire.port() + "/"),
                "waypost.db.user",
                "postgres",
                "waypost.db.timeout",
                "2s"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        wire.close();
    }

    @AfterEach
    void close() {
        publishing = false;
        wire.mend();
        receiver.close();
    }

    @Test
    void givenLoad_whenTheDatabaseGoesAway_thenPublishersAreToldAndAllGoesOnWhenItIsBack() throws InterruptedException {
        var publishers = publishersTo("order.cut");
        await().atMost(SOON).until(() -> acknowledged.size() > 300);

        wire.cut();

        await().atMost(SOON).until(() -> refused.size() >= 4);
        assertThat(gateway.admin()
                        .get("/actuator/health")
                        .expect(503)
                        .json()
                        .path("status")
                        .textValue())
                .isEqualTo("DOWN");
        wire.mend();
        assertAllGoesOn(publishers, "order.cut");
    }

    @Test
    void givenLoad_whenTheDatabaseFallsSilent_thenPublishersAreToldInTimeAndNothingHeldThereStopsTheRest()
            throws InterruptedException, SQLException {
        var publishers = publishersTo("order.hang");
        await().atMost(SOON).until(() -> acknowledged.size() > 300);

        var left = transactionThatHoldsTheHeadOfTheLog();
        wire.hang();
        await().atMost(SOON).until(() -> refused.size() >= 4);
        wire.mend();
        assertAllGoesOn(publishers, "order.hang");
        gateway.bean(HikariDataSource.class).evictConnection(left);
    }

    /** What a node has open at the moment it, or the network before it, vanishes. */
    private static Connection transactionThatHoldsTheHeadOfTheLog() throws SQLException {
        var connection = gateway.bean(HikariDataSource.class).getConnection();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute("select last_seq from log_head where id = 1 for update");
        }
        return connection;
    }

    private List<Thread> publishersTo(String type) {
        receiver.answers((request, exchange) -> {
            // Some fail at first, so that rows in trouble are under way, too.
            var again = !"1".equals(request.header("waypost-attempt"));
            var fine = again || Client.number(request) % 5 != 0;
            Receiver.status(fine ? 200 : 500).to(request, exchange);
        });
        subscription = client.subscribe(
                type,
                receiver.url(),
                "\"retry\":{\"schedule\":[\"100ms\",\"7s\"]},\"deactivation\":{\"afterFailures\":0}");
        return IntStream.range(0, 4)
                .mapToObj(_ -> Thread.ofVirtual().start(() -> publish(type)))
                .toList();
    }

    private void assertAllGoesOn(List<Thread> publishers, String type) throws InterruptedException {
        var before = acknowledged.size();
        await().atMost(SOON).until(() -> acknowledged.size() > before + 100);
        publishing = false;
        for (var publisher : publishers) {
            publisher.join();
        }
        assertThat(refused).allSatisfy(refusal -> {
            assertThat(refusal.answer.status()).as(refusal.answer.text()).isEqualTo(503);
            assertThat(refusal.answer.header("Retry-After")).isNotNull();
            assertThat(refusal.after).isLessThan(Duration.ofSeconds(20).plus(Delays.PAUSE));
        });
        gateway.admin().get("/actuator/health").expect(200);
        await().atMost(SOON).until(() -> received().containsAll(acknowledged));
        // The node's own leases end, as they would if it had died.
        gateway.clock().advance(Duration.ofMinutes(3));
        await().atMost(SOON).untilAsserted(client::assertNothingWaits);
        var events = client.list("/v1/events", "type=" + type).size();
        await().atMost(SOON)
                .until(() -> client.deliveries("status=succeeded&subscription=" + subscription)
                                .size()
                        == events);
    }

    private HashSet<String> received() {
        return receiver.received().stream().map(Receiver.Received::id).collect(Collectors.toCollection(HashSet::new));
    }

    private void publish(String type) {
        for (int i = 0; publishing; i += 3) {
            var began = System.nanoTime();
            var answer = gateway.admin().post("/v1/events", Client.events(type, i, 3));
            if (answer.status() == 202) {
                acknowledged.addAll(Client.ids(answer));
                Delays.of(10);
            } else {
                refused.add(new Refusal(answer, Duration.ofNanos(System.nanoTime() - began)));
            }
        }
    }
}
