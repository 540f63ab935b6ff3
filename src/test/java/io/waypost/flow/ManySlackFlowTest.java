package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.apache.camel.CamelContext;
import org.junit.jupiter.api.Test;

/** Thousands of Slack subscriptions; {@code -Dwaypost.test.many=10000} for the long form. */
class ManySlackFlowTest extends Flow {

    private static final int MANY = Integer.getInteger("waypost.test.many", 2_000);
    private static final int ASKED = 100;

    /** What a subscription may weigh: its definition and its place in the index. */
    private static final long MOST_BYTES_EACH = 24 * 1024;

    @Test
    void noneHasARouteOfItsOwnAndTheFirstDeliveryOfEachIsFast() {
        var camel = gateway.bean(CamelContext.class);
        receiver.answers(Receiver.text(200, "ok"));
        awaitFirst("warm.up", 0);
        var routes = camel.getRoutes().size();
        var endpoints = camel.getEndpoints().size();
        var before = usedMemory();

        subscribeAll();

        assertThat((usedMemory() - before) / MANY).as("bytes each").isLessThan(MOST_BYTES_EACH);

        var waits = new ArrayList<Duration>();
        IntStream.range(0, ASKED).forEach(i -> waits.add(firstDelivery(i * (MANY / ASKED))));
        var after = usedMemory();
        publish("{\"type\":\"many.all\",\"data\":{}}");
        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(hooks("many.all")).hasSize(MANY));

        assertThat(camel.getRoutes()).hasSize(routes);
        assertThat(camel.getEndpoints()).hasSize(endpoints);
        assertThat((usedMemory() - after) / MANY)
                .as("bytes each after a delivery of each")
                .isLessThan(MOST_BYTES_EACH);
        Collections.sort(waits);
        assertThat(waits.get(ASKED / 2))
                .as("from the publish call to the arrival")
                .isLessThan(Duration.ofMillis(50));
    }

    private void subscribeAll() {
        try (var threads = Executors.newFixedThreadPool(4)) {
            IntStream.range(0, MANY)
                    .forEach(i -> threads.execute(() -> create(
                            "{\"events\":[\"many.one.n%d\",\"many.all\"],\"connector\":\"slack\",\"config\":{\"webhookUrl\":\"%s\"}}"
                                    .formatted(i, receiver.url("/services/" + i)))));
        }
    }

    private void awaitFirst(String type, int hook) {
        create("{\"events\":[\"%s\"],\"connector\":\"slack\",\"config\":{\"webhookUrl\":\"%s\"}}"
                .formatted(type, receiver.url("/services/w" + hook)));
        publish("{\"type\":\"%s\",\"data\":{}}".formatted(type));
        awaitReceived(1);
    }

    private Duration firstDelivery(int i) {
        var seen = receiver.received().size();
        var start = System.nanoTime();
        publish("{\"type\":\"many.one.n%d\",\"data\":{\"n\":%d}}".formatted(i, i));
        await().atMost(SOON)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> receiver.received().size() > seen);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** The hooks that a message of the type came to. */
    private List<String> hooks(String type) {
        Map<String, Boolean> hooks = new ConcurrentHashMap<>();
        receiver.received().stream()
                .filter(r -> r.body().contains("\"text\":\"" + type + "\""))
                .forEach(r -> hooks.put(r.path(), true));
        return List.copyOf(hooks.keySet());
    }

    private static long usedMemory() {
        var runtime = Runtime.getRuntime();
        var least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
