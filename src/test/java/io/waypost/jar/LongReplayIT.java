package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Client;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million events ({@code -Dwaypost.events}) for a subscription that is switched off, and then all of them again. */
@Tag("long")
class LongReplayIT {

    private static final Duration LONG = Duration.ofMinutes(30);
    private static final int EVENTS = Integer.getInteger("waypost.events", 1_000_000);
    private static final int LIVE = 50_000;
    private static final int BATCH = 1_000;

    /** What is on the heap moves by this much whatever is done: caches, compiled expressions, pools. */
    private static final long NOISE = 64L << 20;

    private final Tally tally = new Tally();
    private final String url = TestDatabases.postgresUrl();

    @TempDir
    private Path home;

    private WaypostProcess waypost;

    @BeforeEach
    void start() {
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .with("WAYPOST_DB_URL", url)
                .with("WAYPOST_DB_USER", "postgres")
                .withArgument("--waypost.log.lease=5s")
                .start();
    }

    @AfterEach
    void end() {
        waypost.close();
        tally.close();
    }

    private Client client() {
        return new Client(waypost.admin());
    }

    @Test
    void aMillionBufferedEventsTakeNoMemoryAndComeOnceInOrderThroughARestartAKillAndAStop() throws SQLException {
        var live = liveRate();
        var subscription = client().subscribe("big.replay", tally.url("/replay"), "");
        client().deactivate(subscription);
        publish(EVENTS / 10);
        awaitBuffered(subscription, EVENTS / 10);
        var size = bytesOfBuffer();
        var heap = waypost.liveHeap();

        publish(EVENTS - EVENTS / 10);
        awaitBuffered(subscription, EVENTS);
        assertThat(bytesOfBuffer()).isEqualTo(size);
        assertThat(waypost.liveHeap() - heap).isLessThan(NOISE);

        var began = System.nanoTime();
        client().activateWithReplay(subscription);
        awaitReplayed(EVENTS / 5);
        var rate = rate(tally.count("/replay"), began);
        assertThat(waypost.liveHeap() - heap).isLessThan(NOISE);
        waypost.terminate();
        waypost.awaitEnd(Duration.ofSeconds(30));
        waypost.start();
        awaitReplayed(2 * EVENTS / 5);
        assertThat(tally.repeats("/replay")).isEmpty();
        waypost.kill();
        waypost.start();
        awaitReplayed(3 * EVENTS / 5);
        stopInTheMiddle(subscription);
        awaitReplayed(EVENTS);
        awaitBuffered(subscription, 0);
        System.out.printf(
                "%d events buffered in a row of %d bytes; live %.0f/s, replay %.0f/s (%.2f); %d came twice%n",
                EVENTS, size, live, rate, rate / live, tally.repeats("/replay").size());
        assertThat(tally.inOrder("/replay")).hasSize(EVENTS).isSorted();
        assertThat(tally.repeats("/replay")).hasSizeLessThan(300);
    }

    private void stopInTheMiddle(String subscription) {
        client().deactivate(subscription);
        await().atMost(LONG)
                .until(() -> left(subscription) + tally.requests("/replay")
                        == EVENTS + tally.repeats("/replay").size());
        assertThat(left(subscription)).isPositive();
        client().activateWithReplay(subscription);
    }

    private double liveRate() {
        var subscription = client().subscribe("big.replay", tally.url("/live"), "\"concurrency\":64");
        publish(LIVE);
        await().atMost(LONG).until(() -> tally.count("/live") == LIVE);
        var began = System.nanoTime();
        publish(LIVE);
        await().atMost(LONG).until(() -> tally.count("/live") == 2 * LIVE);
        client().api().delete("/v1/subscriptions/" + subscription).expect(204);
        return rate(LIVE, began);
    }

    private static double rate(int count, long began) {
        return count * 1e9 / (System.nanoTime() - began);
    }

    private void publish(int count) {
        for (int i = 0; i < count; i += BATCH) {
            client().publish("big.replay", i, BATCH);
        }
    }

    private void awaitReplayed(int count) {
        await().atMost(LONG).until(() -> tally.count("/replay") >= count);
    }

    private void awaitBuffered(String subscription, int count) {
        await().atMost(LONG).until(() -> left(subscription) == count);
    }

    private int left(String subscription) {
        return client().subscription(subscription).at("/replayBuffer/count").intValue();
    }

    private long bytesOfBuffer() throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select octet_length(exchange) from replay_buffer")) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(1);
        }
    }
}
