package io.waypost.flow;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Api;
import io.waypost.testing.Delays;
import io.waypost.testing.Hostile;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever one tenant has the gateway compute, the deliveries of another one go on. */
class HostileTenantFlowTest extends Flow {

    private static final int EVENTS = 30;

    /** What the machine may add beside twice the usual time; what is tried here would take minutes. */
    private static final Duration ALLOWED = Delays.PAUSE;

    private final Map<Integer, Long> arrived = new ConcurrentHashMap<>();
    private Api hostile;
    private Receiver elsewhere;

    @BeforeEach
    void openMore() {
        hostile = gateway.tenant();
        elsewhere = new Receiver();
        receiver.answers((request, exchange) -> {
            arrived.put(number(request), System.nanoTime());
            exchange.sendResponseHeaders(204, -1);
        });
        subscribe("");
    }

    @AfterEach
    void closeMore() {
        elsewhere.close();
        for (var subscription :
                hostile.get("/v1/subscriptions?limit=250").json().path("data")) {
            hostile.delete("/v1/subscriptions/" + subscription.path("id").textValue());
        }
    }

    @ParameterizedTest
    @EnumSource
    void othersGoOnBesides(Hostile kind) {
        kind.subscriptions(elsewhere.url())
                .forEach(body -> hostile.post("/v1/subscriptions", body).expect(201));
        var before = latency(0);
        for (int i = 0; i < 10; i++) {
            hostile.post("/v1/events", kind.event()).expect(202);
        }
        assertThat(latency(EVENTS)).isLessThan(before.multipliedBy(2).plus(ALLOWED));
    }

    @Test
    void previewsAndExplanationsOfConditionsThatDoNotEnd() throws InterruptedException {
        var before = latency(0);
        var event = hostile.post("/v1/events", "{\"type\":\"hostile\",\"data\":{}}")
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();
        hostile.post(
                        "/v1/subscriptions",
                        Hostile.ENDLESS_CONDITIONS
                                .subscriptions(elsewhere.url())
                                .getFirst())
                .expect(201);
        var subscription =
                hostile.get("/v1/subscriptions").json().at("/data/0/id").textValue();
        var asking = new AtomicBoolean(true);
        var askers = IntStream.range(0, 16)
                .mapToObj(_ -> Thread.ofVirtual().start(() -> {
                    while (asking.get()) {
                        hostile.get("/v1/events/%s/explain?subscription=%s".formatted(event, subscription));
                    }
                }))
                .toList();
        try {
            assertThat(latency(EVENTS)).isLessThan(before.multipliedBy(2).plus(ALLOWED));
        } finally {
            asking.set(false);
            for (var asker : askers) {
                asker.join();
            }
        }
    }

    /** How long it takes from a publish until the receiver has it, for all but the slowest tenth. */
    private Duration latency(int from) {
        var published = new long[EVENTS];
        for (int i = 0; i < EVENTS; i++) {
            published[i] = System.nanoTime();
            publish(from + i);
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> IntStream.range(0, EVENTS).allMatch(i -> arrived.containsKey(from + i)));
        var times = new ArrayList<Long>();
        for (int i = 0; i < EVENTS; i++) {
            times.add(arrived.get(from + i) - published[i]);
        }
        Collections.sort(times);
        return Duration.of(NANOSECONDS.toMicros(times.get(EVENTS * 9 / 10)), ChronoUnit.MICROS);
    }
}
