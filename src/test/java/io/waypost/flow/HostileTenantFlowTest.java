package io.waypost.flow;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Api;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever one tenant has the gateway compute, the deliveries of another one go on. */
class HostileTenantFlowTest extends Flow {

    private static final int EVENTS = 30;

    /** What the machine may add beside twice the usual time; what is tried here would take minutes. */
    private static final Duration ALLOWED = Duration.ofSeconds(3);

    /** Would take years; the gateway ends it after 200 ms. */
    private static final String ENDLESS = "($f := function($n) { $n < 2 ? 1 : $f($n - 1) + $f($n - 2) }; $f(60) > 0)";

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

    @Test
    void conditionsThatDoNotEnd() {
        for (int i = 0; i < 10; i++) {
            subscribeHostile("\"condition\":\"%s\"".formatted(ENDLESS));
        }
        othersGoOnBesides("{\"type\":\"hostile\",\"data\":{}}");
    }

    @Test
    void transformsThatDoNotEnd() {
        for (int i = 0; i < 10; i++) {
            subscribeHostile("\"transform\":\"%s\"".formatted(ENDLESS));
        }
        othersGoOnBesides("{\"type\":\"hostile\",\"data\":{}}");
    }

    @Test
    void manyDifferentConditionsThatEachTakeTheirTime() {
        for (int i = 0; i < 25; i++) {
            subscribeHostile("\"condition\":\"%d = %s\"".formatted(i, ENDLESS.replace("60", String.valueOf(60 + i))));
        }
        othersGoOnBesides("{\"type\":\"hostile\",\"data\":{}}");
    }

    @Test
    void filtersOnFourArrays() {
        for (int i = 0; i < 10; i++) {
            subscribeHostile(
                    "\"filter\":{\"data\":{\"p\":{\"a\":[1]},\"q\":{\"a\":[1]},\"r\":{\"a\":[1]},\"s\":{\"a\":[1]},\"z\":[%d]}}"
                            .formatted(i + 1));
        }
        var array = IntStream.range(0, 1_000).mapToObj(_ -> "{\"a\":1}").collect(Collectors.joining(",", "[", "]"));
        othersGoOnBesides("{\"type\":\"hostile\",\"data\":{\"p\":%1$s,\"q\":%1$s,\"r\":%1$s,\"s\":%1$s,\"z\":0}}"
                .formatted(array));
    }

    @Test
    void filtersThatLookThroughManyElements() {
        for (int i = 0; i < 10; i++) {
            subscribeHostile("\"filter\":{\"data\":{\"p\":{\"a\":[{\"anything-but\":1}],\"b\":[{\"prefix\":\"%d\"}]}}}"
                    .formatted(i));
        }
        var array = IntStream.range(0, 20_000).mapToObj(_ -> "{\"a\":1}").collect(Collectors.joining(",", "[", "]"));
        othersGoOnBesides("{\"type\":\"hostile\",\"data\":{\"p\":%s}}".formatted(array));
    }

    @Test
    void aRegularExpressionThatTakesForEverElsewhere() {
        for (int i = 0; i < 10; i++) {
            subscribeHostile("\"condition\":\"$contains(data.s, /(a+)+%d$/)\"".formatted(i));
        }
        othersGoOnBesides("{\"type\":\"hostile\",\"data\":{\"s\":\"%s\"}}".formatted("a".repeat(3_000)));
    }

    @Test
    void previewsAndExplanationsOfConditionsThatDoNotEnd() throws InterruptedException {
        var before = latency(0);
        var event = hostile.post("/v1/events", "{\"type\":\"hostile\",\"data\":{}}")
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();
        subscribeHostile("\"condition\":\"%s\"".formatted(ENDLESS));
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

    private void othersGoOnBesides(String event) {
        var before = latency(0);
        for (int i = 0; i < 10; i++) {
            hostile.post("/v1/events", event).expect(202);
        }
        assertThat(latency(EVENTS)).isLessThan(before.multipliedBy(2).plus(ALLOWED));
    }

    private void subscribeHostile(String more) {
        hostile.post(
                        "/v1/subscriptions",
                        "{\"events\":[\"hostile\"],\"config\":{\"url\":\"%s\"},%s}".formatted(elsewhere.url(), more))
                .expect(201);
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
