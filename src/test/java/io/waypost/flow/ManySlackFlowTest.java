package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.camel.CamelContext;
import org.junit.jupiter.api.Test;

/** Thousands of Slack subscriptions; {@code -Dwaypost.test.many=10000} for the long form, on a machine that does nothing else. */
class ManySlackFlowTest extends Flow {

    private static final int MANY = Integer.getInteger("waypost.test.many", 2_000);
    private static final Duration MOST_OVERHEAD = Duration.ofMillis(50);

    /** Beside other tests the machine itself pauses; so many of a hundred first deliveries may be hit by that. */
    private static final int HIT = MANY < 10_000 ? 1 : 0;

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

        var waits =
                IntStream.range(0, MANY).mapToObj(this::firstDelivery).sorted().toList();
        var after = usedMemory();
        publish("{\"type\":\"many.all\",\"data\":{}}");
        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(hooks("many.all")).hasSize(MANY));

        assertThat(camel.getRoutes()).hasSize(routes);
        assertThat(camel.getEndpoints()).hasSize(endpoints);
        assertThat((usedMemory() - after) / MANY)
                .as("bytes each after a delivery of each")
                .isLessThan(MOST_BYTES_EACH);
        assertThat(waits.subList(0, MANY - MANY * HIT / 100))
                .as("the first delivery of each, from the publish call to the arrival; the longest %s", waits.getLast())
                .allSatisfy(wait -> assertThat(wait).isLessThan(MOST_OVERHEAD));
        System.out.printf(
                "First deliveries of %d: median %s, 99 %% within %s, the longest %s, over 50 ms: %d%n",
                MANY,
                waits.get(MANY / 2),
                waits.get(MANY * 99 / 100),
                waits.getLast(),
                waits.stream().filter(wait -> wait.compareTo(MOST_OVERHEAD) > 0).count());
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
        var arrived = new CompletableFuture<Long>();
        receiver.answers((request, exchange) -> {
            arrived.complete(System.nanoTime());
            Receiver.text(200, "ok").to(request, exchange);
        });
        var start = System.nanoTime();
        publish("{\"type\":\"many.one.n%d\",\"data\":{\"n\":%d}}".formatted(i, i));
        return Duration.ofNanos(
                arrived.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join() - start);
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
