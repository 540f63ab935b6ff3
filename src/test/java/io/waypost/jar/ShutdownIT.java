package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Receiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShutdownIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final Receiver receiver = new Receiver();

    @TempDir
    private Path home;

    private WaypostProcess waypost;

    @AfterEach
    void end() {
        waypost.close();
        receiver.close();
    }

    @Test
    void givenLoad_whenItIsToldToEnd_thenPublishersAreToldAndNothingIsLost_andIdleItEndsAtOnce() {
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .start();
        receiver.answers((request, exchange) -> {
            Delays.of(request.path().equals("/slow") ? 3_000 : 20);
            Receiver.status(200).to(request, exchange);
        });
        var client = new Client(waypost.admin());
        client.subscribe("order.created", receiver.url(), "");
        client.subscribe("order.created", receiver.url("/slow"), "");

        try (var publishers = new Publishers(waypost.admin(), "order.created", 6)) {
            await().atMost(SOON).until(() -> publishers.acknowledged().size() > 500);
            waypost.terminate();
            waypost.awaitEnd(Duration.ofSeconds(30));
            publishers.join();

            assertThat(publishers.refused()).isNotEmpty().allSatisfy(answer -> {
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.header("Retry-After")).isNotNull();
            });
            receiver.answers(200);
            waypost.start();
            await().atMost(SOON)
                    .until(() -> received("/hook").containsAll(publishers.acknowledged())
                            && received("/slow").containsAll(publishers.acknowledged()));
        }
        await().atMost(SOON).untilAsserted(new Client(waypost.admin())::assertNothingWaits);

        waypost.terminate();
        waypost.awaitEnd(Duration.ofSeconds(10));
    }

    private HashSet<String> received(String path) {
        return receiver.received().stream()
                .filter(request -> request.path().equals(path))
                .map(Receiver.Received::id)
                .collect(Collectors.toCollection(HashSet::new));
    }
}
