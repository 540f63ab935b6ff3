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
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
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

    @Test
    void whatWasAcknowledgedBeforeAnyOfSeveralKillsIsDeliveredAfterIt() {
        try (var harness = new CrashHarness(home)) {
            for (int i = 0; i < 2; i++) {
                harness.round(500, 1_500);
            }
            harness.settle();
        }
    }

    @AfterEach
    void end() {
        if (waypost != null) {
            waypost.close();
        }
        receiver.close();
    }

    private Client client() {
        return new Client(waypost.admin());
    }

    @Test
    @DisplayName(
            "G10: a durable queue item for each webhook and event, stored with the event; what was under way goes on")
    void whatWasUnderWayAtAKillGoesOnAfterIt() {
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .start();
        var replayed = client().subscribe("replay.me", receiver.url("/replay"), FOR_EVER);
        client().deactivate(replayed);
        client().publish("replay.me", 0, 40);
        IntStream.range(0, 30).forEach(i -> client().subscribe(
                        "fan.out", receiver.url("/fan/" + i), "\"concurrency\":2," + FOR_EVER));
        client().subscribe("retry.me", receiver.url("/retry"), "\"retry\":{\"schedule\":[\"5s\",\"5s\"]}," + FOR_EVER);
        var queues = List.of(
                client().subscribe("queue.me", receiver.url("/queue/1"), FOR_EVER),
                client().subscribe("queue.me", receiver.url("/queue/2"), FOR_EVER));
        awaitBuffered(replayed, 40);
        var answering = new CountDownLatch(1);
        receiver.answers((request, exchange) -> {
            if (request.path().startsWith("/queue/")) {
                Receiver.onceOpen(answering, Receiver.status(200)).to(request, exchange);
                return;
            }
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
        var queued = client().publish("queue.me", 1, 1).getFirst();
        waypost.kill();
        assertThat(received("/fan/")).hasSizeLessThan(30 * 40);
        waypost.start();
        answering.countDown();

        assertEachQueueHasTheEvent(queued, queues);
        assertTheReplayWentOn();
        assertTheFanOutWentOn();
        assertTheRetryWasMade();
        awaitBuffered(replayed, 0);
        await().atMost(SOON).untilAsserted(client()::assertNothingWaits);
    }

    private void assertEachQueueHasTheEvent(String event, List<String> subscriptions) {
        await().atMost(SOON).untilAsserted(() -> assertThat(client().deliveries("event=" + event))
                .extracting(d ->
                        d.path("subscription").textValue() + d.path("status").textValue())
                .containsExactlyInAnyOrderElementsOf(
                        subscriptions.stream().map(id -> id + "succeeded").toList()));
        assertThat(List.of(at("/queue/1"), at("/queue/2"))).allSatisfy(queue -> assertThat(queue)
                .isNotEmpty()
                .extracting(Receiver.Received::id)
                .containsOnly(event));
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
}
