package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Receiver;
import io.waypost.testing.TestNames;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Name servers that do not answer hold up only who asks them, and the gateway's own shortage is nobody's failure. */
class NamesFlowTest extends Flow {

    private static final int SILENT = 100;
    private static final String TOUCHY =
            "\"retry\":{\"schedule\":[]},\"deactivation\":{\"afterFailures\":1,\"over\":\"0s\"}";

    private final String run = UUID.randomUUID().toString();

    @Test
    void noTenantTakesAllLookUpsAndHavingNoneLeftCountsAgainstNobody() {
        var silent = IntStream.range(0, SILENT)
                .mapToObj(i -> subscribeTo("order.created", url(TestNames.silent(run + i)), TOUCHY))
                .toList();
        var held = publish(1);
        var other = gateway.tenant();
        try (var receiver2 = new Receiver()) {
            await().atMost(SOON).until(() -> threads() >= 32);
            var url = "http://%s:%d/".formatted(TestNames.loopback(run), receiver2.port());
            other.post("/v1/subscriptions", "{\"events\":[\"order.created\"],\"url\":\"%s\",%s}".formatted(url, TOUCHY))
                    .expect(201);
            other.post("/v1/events", "{\"type\":\"order.created\"}").expect(202);

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(receiver2.received()).hasSize(1));
        } finally {
            TestNames.answer();
        }

        await().atMost(SOON).untilAsserted(() -> {
            TestNames.answer();
            gateway.clock().advance(Duration.ofSeconds(10));
            assertThat(receiver.received()).hasSizeGreaterThanOrEqualTo(SILENT);
        });
        silent.forEach(
                id -> assertThat(subscription(id).path("state").textValue()).isEqualTo("active"));
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        api.get("/v1/deliveries?event=%s&status=succeeded&limit=250".formatted(held))
                                .json()
                                .path("data"))
                .hasSize(SILENT)
                .allMatch(delivery -> delivery.path("attemptCount").intValue() == 1));
    }

    private String url(String host) {
        return "http://%s:%d/".formatted(host, receiver.port());
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("name-lookup-"))
                .count();
    }
}
