package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
import io.waypost.testing.Client;
import io.waypost.testing.Receiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches that are half full, or full and under way, when the process is killed. */
class BatchCrashIT {

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
    void
            givenBatchesThatAreHalfFullOrUnderWay_whenItIsKilled_thenOneGoesOnFillingAndTheOtherGoesInTimeAndWhatWasUnderWayGoesAgain() {
        var killed = new CountDownLatch(1);
        var onceKilled = Receiver.onceOpen(killed, Receiver.status(204));
        receiver.answers((request, exchange) ->
                (request.path().equals("/under-way") ? onceKilled : Receiver.status(204)).to(request, exchange));
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .start();
        var before = new Client(waypost.admin());
        before.subscribe("fills.up", receiver.url("/filling"), "\"batch\":{\"maxItems\":10,\"maxWait\":\"1h\"}");
        before.subscribe("in.time", receiver.url("/in-time"), "\"batch\":{\"maxItems\":10,\"maxWait\":\"6s\"}");
        before.subscribe("under.way", receiver.url("/under-way"), "\"batch\":{\"maxItems\":2,\"maxWait\":\"1h\"}");
        before.publish("under.way", 0, 2);
        before.publish("fills.up", 0, 6);
        before.publish("in.time", 0, 3);
        awaitCounted(before);
        await().atMost(SOON).until(() -> received("/under-way").size() == 1);

        waypost.kill();
        killed.countDown();
        waypost.start();

        var after = new Client(waypost.admin());
        after.publish("fills.up", 6, 4);
        await().atMost(SOON).untilAsserted(after::assertNothingWaits);
        assertThat(received("/filling")).containsExactly(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
        assertThat(received("/under-way")).containsExactly(List.of(0, 1), List.of(0, 1));
        assertThat(received("/in-time")).containsExactly(List.of(0, 1, 2));
    }

    /** Counting goes on beside: what was published before two more batches, one after the other, has been counted. */
    private void awaitCounted(Client client) {
        client.subscribe("counted", receiver.url("/counted"), "\"batch\":{\"maxItems\":1,\"maxWait\":\"1h\"}");
        for (int i = 1; i <= 2; i++) {
            var count = i;
            client.publish("counted", i, 1);
            await().atMost(SOON).until(() -> received("/counted").size() == count);
        }
    }

    private List<List<Integer>> received(String path) {
        return receiver.received().stream()
                .filter(request -> request.path().equals(path))
                .map(request -> StreamSupport.stream(Json.read(request.body()).spliterator(), false)
                        .map(event -> event.at("/data/number").intValue())
                        .toList())
                .toList();
    }
}
