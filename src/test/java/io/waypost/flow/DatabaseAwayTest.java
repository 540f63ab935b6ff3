package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import io.waypost.testing.Proxy;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DatabaseAwayTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final Receiver receiver = new Receiver();
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<Refusal> refused = new ConcurrentLinkedQueue<>();

    private Proxy wire;
    private Gateway gateway;
    private volatile boolean publishing = true;

    private record Refusal(Api.Answer answer, Duration after) {}

    @BeforeEach
    void start() {
        var url = TestDatabases.postgresUrl();
        var port = url.replaceAll(".*:(\\d+)/.*", "$1");
        wire = new Proxy(Integer.parseInt(port));
        gateway = Gateway.with(Map.of(
                "waypost.db.url",
                url.replace(":" + port + "/", ":" + wire.port() + "/"),
                "waypost.db.user",
                "postgres"));
    }

    @AfterEach
    void stop() {
        gateway.close();
        wire.close();
        receiver.close();
    }

    @Test
    void givenLoad_whenTheDatabaseGoesAway_thenPublishersAreToldAndAllGoesOnWhenItIsBack() throws InterruptedException {
        receiver.answers((request, exchange) -> {
            // Some fail at first, so that rows in trouble are under way, too.
            var again = !"1".equals(request.header("waypost-attempt"));
            var fine = again || Client.number(request) % 5 != 0;
            Receiver.status(fine ? 200 : 500).to(request, exchange);
        });
        var client = new Client(gateway.admin());
        client.subscribe(
                "order.created",
                receiver.url(),
                "\"retry\":{\"schedule\":[\"100ms\",\"7s\"]},\"deactivation\":{\"afterFailures\":0}");
        var publishers = IntStream.range(0, 4)
                .mapToObj(_ -> Thread.ofVirtual().start(this::publish))
                .toList();
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
        var before = acknowledged.size();
        wire.mend();

        await().atMost(SOON).until(() -> acknowledged.size() > before + 100);
        publishing = false;
        for (var publisher : publishers) {
            publisher.join();
        }
        assertThat(refused).allSatisfy(refusal -> {
            assertThat(refusal.answer.status()).as(refusal.answer.text()).isEqualTo(503);
            assertThat(refusal.answer.header("Retry-After")).isNotNull();
            assertThat(refusal.after).isLessThan(Duration.ofSeconds(30));
        });
        gateway.admin().get("/actuator/health").expect(200);
        await().atMost(SOON).until(() -> received().containsAll(acknowledged));
        // The node's own leases end, as they would if it had died.
        gateway.clock().advance(Duration.ofMinutes(3));
        await().atMost(SOON).untilAsserted(client::assertNothingWaits);
        var events = client.list("/v1/events", "type=order.created").size();
        await().atMost(SOON).until(() -> client.deliveries("status=succeeded").size() == events);
    }

    private HashSet<String> received() {
        return receiver.received().stream().map(Receiver.Received::id).collect(Collectors.toCollection(HashSet::new));
    }

    private void publish() {
        for (int i = 0; publishing; i += 3) {
            var began = System.nanoTime();
            var answer = gateway.admin().post("/v1/events", Client.events("order.created", i, 3));
            if (answer.status() == 202) {
                acknowledged.addAll(Client.ids(answer));
                Slowness.of(10);
            } else {
                refused.add(new Refusal(answer, Duration.ofNanos(System.nanoTime() - began)));
            }
        }
    }
}
