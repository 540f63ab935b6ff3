package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a subscription's owner allows holds for two gateways on one PostgreSQL together, and not for each. */
class SharedLimitsTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private static String database;
    private static Gateway one;
    private static Gateway two;

    private final Receiver receiver = new Receiver();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private final ConcurrentLinkedQueue<Long> arrivals = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() {
        database = TestDatabases.postgresUrl();
        one = node();
        two = node();
    }

    private static Gateway node() {
        var settings = new LinkedHashMap<String, Object>(Map.of("waypost.db.user", "postgres"));
        settings.put("waypost.db.url", database);
        settings.put("waypost.secret-key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        // Long segments would leave all the work of a short test to one node.
        settings.put("waypost.log.segment", 10);
        return Gateway.with(settings);
    }

    @AfterAll
    static void stop() {
        two.close();
        one.close();
    }

    @BeforeEach
    void countWhatIsUnderWay() {
        receiver.answers((_, exchange) -> {
            arrivals.add(System.nanoTime());
            mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            Delays.of(50);
            atOnce.decrementAndGet();
            exchange.sendResponseHeaders(200, -1);
        });
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

    private void subscribe(String type, String more) {
        awaitKnown(first().subscribe(type, receiver.url(), more));
    }

    private static void awaitKnown(String subscription) {
        var no = one.bean(SubscriptionStore.class)
                .find(subscription)
                .orElseThrow()
                .no();
        await().atMost(SOON)
                .until(() -> two.bean(SubscriptionIndex.class).current(no).isPresent());
    }

    /** On both nodes at the same time, so many on each, with a pause between any two of a node. */
    private static List<String> flood(String type, int each, Duration pause) {
        try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
            var ids = new ArrayList<String>();
            for (var ofOne : List.of(
                    both.submit(() -> publish(first(), type, each, pause)),
                    both.submit(() -> publish(second(), type, each, pause)))) {
                ids.addAll(ofOne.get());
            }
            return ids;
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> publish(Client node, String type, int count, Duration pause) {
        var ids = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            ids.addAll(node.publish(type, i, 1));
            Delays.of(pause);
        }
        return ids;
    }

    private void awaitAll(List<String> ids) {
        await().atMost(SOON).until(() -> {
            var received = new HashSet<String>();
            receiver.received().forEach(request -> received.add(request.id()));
            return received.containsAll(ids);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void noMoreAreUnderWayAtOnceThanItsConcurrency(int concurrency) {
        subscribe("order.few", "\"concurrency\":" + concurrency);

        awaitAll(flood("order.few", 50, Duration.ZERO));

        assertThat(mostAtOnce.get()).isLessThanOrEqualTo(concurrency);
    }

    /** Each node gets as many as it could send if it were alone. */
    @ParameterizedTest
    @ValueSource(doubles = {2, 12})
    void theyComeAtItsRate(double perSecond) {
        subscribe("order.slowly", "\"rateLimit\":{\"perSecond\":%s}".formatted(perSecond));

        awaitAll(flood("order.slowly", (int) (4 * perSecond), Duration.ofMillis((long) (1_000 / perSecond))));

        cameAt(perSecond);
    }

    @Test
    void theyComeAtTheRateOfItsConnector() {
        awaitKnown(one.admin()
                .post(
                        "/v1/subscriptions",
                        "{\"events\":[\"order.told\"],\"connector\":\"google-chat\",\"config\":{\"webhookUrl\":\"%s\"}}"
                                .formatted(receiver.url()))
                .expect(201)
                .json()
                .path("id")
                .textValue());

        flood("order.told", 6, Duration.ofSeconds(1));

        await().atMost(SOON).until(() -> arrivals.size() == 12);
        cameAt(1);
    }

    /** The time that all of them take can only get longer by what else the machine has to do. */
    private void cameAt(double perSecond) {
        var seconds = (Collections.max(arrivals) - Collections.min(arrivals)) / 1e9;
        assertThat(arrivals.size() / seconds).as("a second").isLessThan(perSecond * 1.5);
    }

    /** Whichever node sends a subscription's batches: the one that knows that a batch is full may be the other. */
    @Test
    void aFullBatchGoesAtOnceWhereverItWasGathered() {
        for (int i = 0; i < 8; i++) {
            subscribe("order.full" + i, "\"concurrency\":1,\"batch\":{\"maxItems\":5,\"maxWait\":\"24h\"}");
        }

        for (int i = 0; i < 8; i++) {
            first().publish("order.full" + i, 0, 10);
        }

        await().atMost(SOON).until(() -> receiver.received().size() == 16);
        await().atMost(SOON).untilAsserted(first()::assertNothingWaits);
        assertThat(receiver.received())
                .allSatisfy(request -> assertThat(Json.read(request.body())).hasSize(5));
    }

    @Test
    void whenANodeEndsTheOtherHasTheWholeAndWhatTheFirstLeftIsSent() {
        var open = new CountDownLatch(1);
        receiver.answers(Receiver.onceOpen(open, Receiver.status(200)));
        for (int i = 0; i < 8; i++) {
            subscribe("order.alone" + i, "\"concurrency\":1,\"timeout\":\"60s\"");
        }
        var ids = new ArrayList<String>();

        two.close();
        try {
            for (int i = 0; i < 8; i++) {
                ids.addAll(first().publish("order.alone" + i, 0, 2));
            }
            await().atMost(SOON).until(() -> receiver.received().size() == 8);
            open.countDown();
            awaitAll(ids);
        } finally {
            two = node();
        }
    }
}
