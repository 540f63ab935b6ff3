package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Receiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Killed at the worst moments, with the settings it comes with. */
class CrashIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String FOR_EVER = "\"deactivation\":{\"afterFailures\":0}";

    private final Receiver receiver = new Receiver();

    @TempDir
    private Path home;

    private WaypostProcess waypost;

    @BeforeEach
    void start() {
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .start();
    }

    @AfterEach
    void end() {
        waypost.close();
        receiver.close();
    }

    private Client client() {
        return new Client(waypost.admin());
    }

    @Test
    void whatWasAcknowledgedBeforeAKillIsDeliveredAfterIt() {
        client().subscribe("order.created", receiver.url(), FOR_EVER);
        var acknowledged = new ArrayList<String>();

        for (int round = 1; round <= 2; round++) {
            acknowledged.addAll(killedWhilePublishing(round * 400));
            waypost.start();
        }

        await().atMost(SOON).until(() -> new HashSet<>(ids(receiver.received())).containsAll(acknowledged));
        await().atMost(SOON).untilAsserted(client()::assertNothingWaits);
        assertThat(client().list("/v1/events", "type=order.created"))
                .extracting(event -> event.path("id").textValue())
                .containsAll(acknowledged);
        // At each kill some had arrived whose outcome was not on disk yet: the open permits, and what the recorder
        // held.
        assertThat(repeated(receiver.received())).isLessThan(2 * 300);
    }

    private Collection<String> killedWhilePublishing(int afterAcknowledged) {
        try (var publishers = new Publishers(waypost.admin(), "order.created", 6)) {
            await().atMost(SOON).until(() -> publishers.acknowledged().size() > afterAcknowledged);
            waypost.kill();
            publishers.join();
            return publishers.acknowledged();
        }
    }

    @Test
    void whatWasUnderWayAtAKillGoesOnAfterIt() {
        var replayed = client().subscribe("replay.me", receiver.url("/replay"), FOR_EVER);
        client().deactivate(replayed);
        client().publish("replay.me", 0, 40);
        IntStream.range(0, 30).forEach(i -> client().subscribe(
                        "fan.out", receiver.url("/fan/" + i), "\"concurrency\":2," + FOR_EVER));
        client().subscribe("retry.me", receiver.url("/retry"), "\"retry\":{\"schedule\":[\"5s\",\"5s\"]}," + FOR_EVER);
        awaitBuffered(replayed, 40);
        receiver.answers((request, exchange) -> {
            Delays.of(100);
            Receiver.status(request.path().equals("/retry") && at("/retry").size() == 1 ? 500 : 200)
                    .to(request, exchange);
        });

        client().publish("retry.me", 0, 1);
        await().atMost(SOON).until(() -> client().deliveries("status=retrying").size() == 1);
        client().activateWithReplay(replayed);
        client().publish("fan.out", 0, 40);
        await().atMost(SOON)
                .until(() -> at("/replay").size() >= 10 && received("/fan/").size() >= 200);
        waypost.kill();
        assertThat(received("/fan/")).hasSizeLessThan(30 * 40);
        waypost.start();

        assertTheReplayWentOn();
        assertTheFanOutWentOn();
        assertTheRetryWasMade();
        awaitBuffered(replayed, 0);
        await().atMost(SOON).untilAsserted(client()::assertNothingWaits);
    }

    private void assertTheReplayWentOn() {
        await().atMost(SOON).until(() -> new HashSet<>(numbers("/replay")).size() == 40);
        assertThat(numbers("/replay").stream().distinct())
                .containsExactlyElementsOf(IntStream.range(0, 40).boxed().toList());
        assertThat(at("/replay")).hasSizeLessThanOrEqualTo(42).allSatisfy(r -> assertThat(r.header("waypost-replay"))
                .isEqualTo("true"));
    }

    private void assertTheFanOutWentOn() {
        for (int i = 0; i < 30; i++) {
            var path = "/fan/" + i;
            await().atMost(SOON).until(() -> new HashSet<>(numbers(path)).size() == 40);
        }
        // Two at once for each of them, and what was not written down yet.
        assertThat(received("/fan/").size() - 30 * 40).isLessThan(30 * 2 * 3);
    }

    private void assertTheRetryWasMade() {
        await().atMost(SOON).until(() -> at("/retry").size() == 2);
        assertThat(at("/retry"))
                .extracting(request -> request.header("waypost-attempt"))
                .containsExactly("1", "2");
    }

    private void awaitBuffered(String subscription, int count) {
        await().atMost(SOON)
                .until(() -> client().subscription(subscription)
                                .at("/replayBuffer/count")
                                .intValue()
                        == count);
    }

    private List<Receiver.Received> at(String path) {
        return receiver.received().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    private List<Receiver.Received> received(String below) {
        return receiver.received().stream()
                .filter(request -> request.path().startsWith(below))
                .toList();
    }

    private List<Integer> numbers(String path) {
        return at(path).stream().map(Client::number).toList();
    }

    private static List<String> ids(List<Receiver.Received> requests) {
        return requests.stream().map(Receiver.Received::id).toList();
    }

    private static int repeated(List<Receiver.Received> requests) {
        return requests.size() - new HashSet<>(ids(requests)).size();
    }
}
