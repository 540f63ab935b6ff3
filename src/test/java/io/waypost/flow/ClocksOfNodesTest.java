package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import io.waypost.testing.SkewedClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two nodes on hosts whose clocks are wrong: one ten minutes late, the other ahead. */
class ClocksOfNodesTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final SkewedClock LATE = new SkewedClock(Duration.ofMinutes(-10));
    private static final SkewedClock AHEAD = new SkewedClock(Duration.ZERO);

    private static Gateway one;
    private static Gateway two;

    private final Map<String, List<Instant>> attempts = new ConcurrentHashMap<>();
    private Receiver receiver;

    @BeforeAll
    static void start() {
        var settings = Map.<String, Object>of(
                "waypost.db.url",
                TestDatabases.postgresUrl(),
                "waypost.db.user",
                "postgres",
                "waypost.secret-key",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                "waypost.log.segment",
                10);
        one = Gateway.with(settings, LATE.host());
        two = Gateway.with(settings, AHEAD.host());
    }

    @AfterAll
    static void stop() {
        two.close();
        one.close();
    }

    @BeforeEach
    void open() {
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    private String subscribe(String type, String more) {
        var id = new Client(one.admin()).subscribe(type, receiver.url(), more);
        var no = one.bean(SubscriptionStore.class).find(id).orElseThrow().no();
        await().atMost(SOON)
                .until(() -> two.bean(SubscriptionIndex.class).current(no).isPresent());
        return id;
    }

    /** Attempts of two seconds get rows with leases, and each node looks at what the other holds all the time. */
    @ParameterizedTest
    @ValueSource(longs = {45, 600})
    void nothingIsSentTwiceAndNoWaitIsAnotherLength(long seconds) {
        AHEAD.step(Duration.between(AHEAD.instant(), Instant.now().plusSeconds(seconds)));
        var slow = "order.slow" + seconds;
        var failing = "order.failing" + seconds;
        subscribe(slow, "\"concurrency\":20");
        subscribe(failing, "\"retry\":{\"schedule\":[\"8s\"]}");
        receiver.answers((request, exchange) -> {
            attempts.computeIfAbsent(request.id(), _ -> new CopyOnWriteArrayList<>())
                    .add(Instant.now());
            var fails = request.body().contains(failing);
            if (!fails) {
                await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
            }
            Receiver.status(fails ? 500 : 204).to(request, exchange);
        });

        for (int i = 0; i < 60; i += 20) {
            new Client(one.admin()).publish(slow, i, 10);
            new Client(two.admin()).publish(slow, i + 10, 10);
        }
        new Client(one.admin()).publish(failing, 0, 5);
        new Client(two.admin()).publish(failing, 5, 5);

        await().atMost(SOON).untilAsserted(new Client(two.admin())::assertNothingWaits);
        assertThat(attempts).hasSize(70);
        receiver.received().forEach(request -> {
            var times = attempts.get(request.id());
            if (request.body().contains(failing)) {
                assertThat(times).hasSize(2);
                assertThat(Duration.between(times.getFirst(), times.getLast()))
                        .isBetween(Duration.ofMillis(7_900), Duration.ofSeconds(16));
            } else {
                assertThat(times).hasSize(1);
            }
        });
        assertThat(health(two)).contains("ahead of the database's");
        assertThat(health(one)).containsPattern("(599|600) s behind the database's");
    }

    private static String health(Gateway gateway) {
        return gateway.admin().get("/actuator/health").text();
    }
}
