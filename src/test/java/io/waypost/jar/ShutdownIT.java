package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Receiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShutdownIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int REPLAYED = 900;

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
    void
            givenLoadAHungReceiverAndAReplay_whenItIsToldToEnd_thenPublishersAreToldNothingIsLostAndWhatEndedIsNotSentAgain() {
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .start();
        receiver.answers((request, exchange) -> {
            Delays.of(
                    switch (request.path()) {
                        case "/hung" -> 60_000;
                        case "/slow" -> 3_000;
                        default -> 20;
                    });
            Receiver.status(200).to(request, exchange);
        });
        var client = new Client(waypost.admin());
        client.subscribe("order.created", receiver.url(), "");
        client.subscribe("order.created", receiver.url("/slow"), "");
        client.subscribe("order.created", receiver.url("/hung"), "\"timeout\":\"60s\"");
        replayInTheMiddle(client);

        var acknowledged = publishUntilItHasEnded();
        receiver.answers(200);
        waypost.start();

        await().atMost(SOON).until(() -> Stream.of("/hook", "/slow", "/hung")
                .allMatch(path -> new HashSet<>(received(path)).containsAll(acknowledged)));
        await().atMost(SOON).untilAsserted(new Client(waypost.admin())::assertNothingWaits);
        await().atMost(SOON).until(() -> received("/replay").size() >= REPLAYED);
        assertThat(received("/hook")).doesNotHaveDuplicates();
        assertThat(received("/slow")).doesNotHaveDuplicates();
        assertThat(received("/replay")).hasSize(REPLAYED).isSorted().doesNotHaveDuplicates();

        waypost.terminate();
        waypost.awaitEnd(Duration.ofSeconds(10));
    }

    private void replayInTheMiddle(Client client) {
        var replayed = client.subscribe("replay.me", receiver.url("/replay"), "");
        client.deactivate(replayed);
        client.publish("replay.me", 0, REPLAYED);
        await().atMost(SOON)
                .until(() ->
                        client.subscription(replayed).at("/replayBuffer/count").intValue() == REPLAYED);
        client.activateWithReplay(replayed);
    }

    private List<String> publishUntilItHasEnded() {
        try (var publishers = new Publishers(waypost.admin(), "order.created", 6)) {
            await().atMost(SOON).until(() -> publishers.acknowledged().size() > 500);
            assertThat(received("/replay")).hasSizeLessThan(REPLAYED);
            waypost.terminate();
            waypost.awaitEnd(Duration.ofSeconds(30));
            publishers.join();

            assertThat(publishers.refused()).isNotEmpty().allSatisfy(answer -> {
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.header("Retry-After")).isNotNull();
            });
            return List.copyOf(publishers.acknowledged());
        }
    }

    private List<String> received(String path) {
        return receiver.received().stream()
                .filter(request -> request.path().equals(path))
                .map(Receiver.Received::id)
                .toList();
    }
}
