package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two jars on one PostgreSQL: they share the work, and one takes over what the other held when it was killed. */
class NodesIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    /** As shipped, and longer than it may take until a dead node's work is taken over. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    private static final Duration TAKEN_OVER = Duration.ofSeconds(20);
    private static final String FOR_EVER = "\"deactivation\":{\"afterFailures\":0}";
    private static final Pattern ATTEMPTS = Pattern.compile("(?m)^waypost_attempts_seconds_count\\{.*} ([0-9.]+)$");

    private final Tally tally = new Tally();

    @TempDir
    private Path home;

    private Nodes nodes;
    private volatile Accounts.Incident killed;

    @AfterEach
    void end() {
        nodes.close();
        tally.close();
    }

    @Test
    void theyShareTheWorkAndWhenOneIsKilledTheOtherGoesOnWithAllOfIt() {
        nodes = new Nodes(home, LEASE);
        nodes.start();
        var first = new Client(nodes.one().admin());
        var second = new Client(nodes.two().admin());
        first.subscribe("order.created", tally.url("/live"), "\"concurrency\":64," + FOR_EVER);
        // What fails waits seven seconds for its next attempt, however often; what hangs is claimed for a minute and a
        // half.
        first.subscribe(
                "order.created",
                tally.url("/fails"),
                "\"concurrency\":64,\"retry\":{\"schedule\":[\"7s\",\"7s\",\"7s\",\"7s\",\"7s\",\"7s\"]}," + FOR_EVER);
        first.subscribe("order.created", tally.url("/hangs"), "\"concurrency\":64,\"timeout\":\"60s\"," + FOR_EVER);
        tally.is(this::answer);
        var replayed = first.subscribe("order.created", tally.url("/replayed"), FOR_EVER);
        second.deactivate(replayed);

        var acknowledged = publishOnBothAndKillTheFirst();

        for (var path : List.of("/live", "/fails", "/hangs")) {
            await().atMost(TAKEN_OVER.minus(killed.ago()))
                    .untilAsserted(() -> assertThat(tally.missing(path, acknowledged))
                            .as(path)
                            .isEmpty());
        }
        await().atMost(SOON).untilAsserted(second::assertNothingWaits);
        assertThat(tally.repeats("/live")).allMatch(repeat -> killed.explains(repeat));

        second.activateWithReplay(replayed);
        await().atMost(SOON)
                .until(() -> tally.missing("/replayed", acknowledged).isEmpty());
        await().atMost(SOON)
                .until(() ->
                        second.subscription(replayed).at("/replayBuffer/count").intValue() == 0);
        assertThat(tally.inOrder("/replayed")).isSorted();
        assertThat(tally.repeats("/replayed")).isEmpty();
    }

    private int answer(String path, int number) {
        while (killed == null && path.equals("/hangs") && number < 10) {
            Delays.of(100);
        }
        return killed == null && path.equals("/fails") ? 500 : 204;
    }

    private List<String> publishOnBothAndKillTheFirst() {
        try (var toTheFirst = new Publishers(nodes.one().admin(), "order.created", 2).pausing(30);
                var toTheSecond = new Publishers(nodes.two().admin(), "order.created", 2).pausing(30)) {
            await().atMost(SOON)
                    .until(() -> toTheFirst.acknowledged().size() > 200
                            && toTheSecond.acknowledged().size() > 200
                            && attempts(nodes.one()) > 20
                            && attempts(nodes.two()) > 20);
            assertThat(tally.repeats("/live")).isEmpty();
            var now = System.nanoTime();
            nodes.one().kill();
            killed = new Accounts.Incident(now, System.nanoTime());
            var before = toTheSecond.acknowledged().size();
            await().atMost(SOON).until(() -> toTheSecond.acknowledged().size() > before + 100);
            toTheSecond.close();
            toTheFirst.join();
            assertThat(toTheSecond.refused()).isEmpty();
            var all = new ArrayList<>(toTheFirst.acknowledged());
            all.addAll(toTheSecond.acknowledged());
            return all;
        }
    }

    private static double attempts(WaypostProcess node) {
        return ATTEMPTS.matcher(
                        node.admin().get("/actuator/prometheus").expect(200).text())
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .sum();
    }
}
