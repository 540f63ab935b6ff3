package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import io.waypost.testing.SkewedClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clock of the host is set back by an hour, and nothing waits for that hour. */
class ClockStepFlowTest {

    /** Longer than the waits of these tests, and much shorter than the step. */
    private static final Duration SOON = Duration.ofSeconds(40);

    private static final Duration BACK = Duration.ofHours(-1);

    private final SkewedClock host = new SkewedClock(Duration.ZERO);
    private final AtomicBoolean answers = new AtomicBoolean();
    private final CountDownLatch end = new CountDownLatch(1);

    @TempDir
    private Path directory;

    private Receiver broken;
    private Receiver silent;
    private Receiver receiver;
    private Gateway gateway;
    private Client client;

    @BeforeEach
    void open() {
        receiver = new Receiver();
        broken = new Receiver().answers((request, exchange) -> Receiver.status(answers.get() ? 204 : 500)
                .to(request, exchange));
        silent = new Receiver().answers((request, exchange) -> {
            await().atMost(SOON).until(() -> end.getCount() == 0);
            Receiver.status(204).to(request, exchange);
        });
        start();
    }

    private void start() {
        gateway = Gateway.with(Map.of("waypost.data-dir", directory), host.host());
        client = new Client(gateway.admin());
    }

    @AfterEach
    void close() {
        end.countDown();
        gateway.close();
        silent.close();
        broken.close();
        receiver.close();
    }

    private String circuit(String subscription) {
        return gateway.admin()
                .get("/v1/subscriptions/" + subscription)
                .json()
                .at("/circuit/state")
                .textValue();
    }

    @Test
    void retriesRatesAndCircuitsWaitAsLongAsTheyWereToAlsoAfterAStart() {
        client.subscribe("order.paced", receiver.url(), "\"rateLimit\":{\"perSecond\":4}");
        client.subscribe("order.failing", broken.url(), "\"retry\":{\"schedule\":[\"8s\"]}");
        var subscription = client.subscribe(
                "order.silent", silent.url(), "\"timeout\":\"300ms\",\"retry\":{\"schedule\":[\"8s\",\"8s\"]}");
        client.publish("order.silent", 0, 10);
        await().atMost(SOON).until(() -> circuit(subscription).equals("open"));
        client.publish("order.paced", 0, 12);
        client.publish("order.failing", 0, 1);
        await().atMost(SOON).until(() -> !broken.received().isEmpty());

        host.step(BACK);
        end.countDown();
        client.publish("order.paced", 12, 12);

        await().atMost(SOON).until(() -> receiver.received().size() == 24);
        await().atMost(SOON).until(() -> broken.received().size() == 2);
        await().atMost(SOON).until(() -> nothingWaits(subscription));

        client.publish("order.failing", 1, 1);
        await().atMost(SOON).until(() -> broken.received().size() == 3);
        await().atMost(SOON)
                .until(() -> !client.list("/v1/deliveries", "status=retrying").isEmpty());
        gateway.close();
        answers.set(true);
        host.step(BACK);
        start();

        await().atMost(SOON).until(() -> broken.received().size() == 4);
        await().atMost(SOON).untilAsserted(client::assertNothingWaits);
        assertThat(receiver.received()).hasSize(24);
    }

    private boolean nothingWaits(String subscription) {
        return List.of("pending", "retrying").stream()
                .allMatch(status -> client.list("/v1/deliveries", "subscription=" + subscription + "&status=" + status)
                        .isEmpty());
    }
}
