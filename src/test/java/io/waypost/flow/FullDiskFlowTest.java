package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.FullDisk;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The disk of the embedded database is full, and later is not. */
@Isolated("counts what the log says")
@ExtendWith(OutputCaptureExtension.class)
class FullDiskFlowTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String HEALTH = "/actuator/health";

    @TempDir
    private Path home;

    private final Receiver receiver = new Receiver();
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<Api.Answer> refused = new ConcurrentLinkedQueue<>();
    private volatile boolean publishing = true;
    private FullDisk disk;
    private Gateway gateway;

    @BeforeEach
    void start() {
        disk = FullDisk.in(home);
        gateway = Gateway.with(Map.of("waypost.data-dir", disk.directory().toString()));
    }

    @AfterEach
    void stop() {
        publishing = false;
        disk.makeRoom();
        gateway.close();
        receiver.close();
    }

    @Test
    void givenLoad_whenTheDiskIsFullForAWhile_thenAllThatWasAcknowledgedIsKeptAndDelivered(CapturedOutput output)
            throws InterruptedException {
        var client = new Client(gateway.admin());
        client.subscribe("order.created", receiver.url(), "\"deactivation\":{\"afterFailures\":0}");
        var publishers = IntStream.range(0, 6)
                .mapToObj(_ -> Thread.ofVirtual().start(this::publish))
                .toList();
        await().atMost(SOON).until(() -> acknowledged.size() > 300);

        disk.fill();

        await().atMost(SOON).until(() -> refused.size() > 10);
        assertThat(status("/readiness")).isEqualTo(503);
        assertThat(status("/liveness")).isEqualTo(200);
        await().atMost(SOON).untilAsserted(() -> assertThat(gateway.admin()
                        .get(HEALTH)
                        .expect(503)
                        .json()
                        .at("/components/storage/details/reason")
                        .textValue())
                .contains("Nothing can be stored since", "No space left on device"));
        // What has been stored can still be looked at, but for the moments in which the disk is tried out.
        await().atMost(SOON).until(() -> gateway.admin().get("/v1/events").status() == 200);

        disk.makeRoom();

        var before = acknowledged.size();
        await().atMost(SOON).until(() -> acknowledged.size() > before + 100);
        publishing = false;
        for (var publisher : publishers) {
            publisher.join();
        }
        assertThat(status("")).isEqualTo(200);
        assertThat(refused).allSatisfy(answer -> {
            assertThat(answer.status()).as(answer.text()).isEqualTo(503);
            assertThat(answer.header("Retry-After")).isNotNull();
        });
        await().atMost(Duration.ofSeconds(30))
                .until(() -> output.toString().contains("Everything can be stored again; it failed "));
        assertThat(output)
                .containsOnlyOnce("Nothing can be stored, publishers are told to come back")
                .containsOnlyOnce("Everything can be stored again");
        assertNothingIsLost(client);
    }

    @Test
    void givenNoPublishers_whenSomethingElseFindsTheDiskFull_thenItIsToldAndItIsNoticedThatThereIsRoomAgain() {
        disk.fill();

        var refused = gateway.admin()
                .post("/v1/subscriptions", "{\"event\":\"a.b\",\"url\":\"%s\"}".formatted(receiver.url()))
                .expect(503);

        assertThat(refused.header("Retry-After")).isNotNull();
        await().atMost(SOON).until(() -> status("/readiness") == 503);
        disk.makeRoom();
        await().atMost(SOON).until(() -> status("/readiness") == 200);
        new Client(gateway.admin()).subscribe("a.b", receiver.url(), "");
    }

    private void assertNothingIsLost(Client client) {
        // The node's own leases end, as they would if it had died.
        gateway.clock().advance(Duration.ofMinutes(3));
        await().atMost(SOON).until(() -> receiver.received().stream()
                .map(Receiver.Received::id)
                .collect(Collectors.toSet())
                .containsAll(acknowledged));
        await().atMost(SOON).untilAsserted(client::assertNothingWaits);
        assertThat(client.list("/v1/events", "type=order.created"))
                .extracting(event -> event.path("id").textValue())
                .containsAll(acknowledged);
    }

    private void publish() {
        for (int i = 0; publishing; i += 3) {
            var answer = gateway.admin().post("/v1/events", Client.events("order.created", i, 3));
            if (answer.status() == 202) {
                acknowledged.addAll(Client.ids(answer));
                Delays.of(10);
            } else {
                refused.add(answer);
                Delays.of(100);
            }
        }
    }

    private int status(String probe) {
        return gateway.admin().with(null).get(HEALTH + probe).status();
    }
}
