package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten minutes ({@code -Dwaypost.minutes}) of events for receivers that answer, fail and hang and one that is switched off, with
 * a retention of a minute: nothing grows, and all that was accepted arrives.
 */
@Tag("long")
class LongLoadIT {

    private static final int MINUTES = Integer.getInteger("waypost.minutes", 10);
    private static final Duration LONG = Duration.ofMinutes(10);

    /** By then caches are full and compiled code is there. */
    private static final int SETTLED = 2;

    private static final long MIB = 1024 * 1024;
    private static final int PUBLISHERS = 4;

    private final Tally tally = new Tally();

    @TempDir
    private Path home;

    private WaypostProcess waypost;
    private volatile boolean broken = true;

    /** How it stands after a minute. */
    private record Sample(int minute, long file, long heap, long threads, long files, int lines, int accepted) {

        @Override
        public String toString() {
            return "minute %2d: file %6.1f MiB, heap %5.1f MiB, %d threads, %d open files, %d lines of log, %d accepted"
                    .formatted(minute, (double) file / MIB, (double) heap / MIB, threads, files, lines, accepted);
        }
    }

    @BeforeEach
    void start() {
        tally.is((path, number) -> {
            if (broken && path.equals("/hangs")) {
                Delays.of(5_000);
            }
            return broken && (path.equals("/fails") || (path.equals("/sometimes") && number % 10 == 0)) ? 500 : 204;
        });
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true")
                .with("WAYPOST_RETENTION", "60s")
                .withArgument("--waypost.retention-every=5s")
                .start();
    }

    @AfterEach
    void end() {
        waypost.close();
        tally.close();
    }

    @Test
    void nothingGrowsAndAllThatWasAcceptedArrives() throws IOException {
        var client = new Client(waypost.admin());
        var window = "\"replayBuffer\":{\"window\":\"60s\"}";
        var never = ",\"deactivation\":{\"afterFailures\":1000000,\"over\":\"30d\"}";
        var retries = ",\"retry\":{\"schedule\":[\"1s\",\"5s\",\"20s\"]}" + never;
        client.subscribe("load", tally.url("/answers"), window);
        client.subscribe("load", tally.url("/too"), window);
        client.subscribe("load", tally.url("/sometimes"), window + retries + every(10));
        // No more than such receivers get through with: what waits for them is kept, and is to be about the same all
        // the time.
        client.subscribe("load", tally.url("/fails"), window + retries + every(50));
        client.subscribe("load", tally.url("/hangs"), window + retries + every(500) + ",\"timeout\":\"2s\"");
        var off = client.subscribe("load", tally.url("/off"), window);
        client.deactivate(off);
        var samples = new ArrayList<Sample>();
        var publishers = new Publishers(waypost.admin(), "load", PUBLISHERS).pausing(50);
        for (int minute = 1; minute <= MINUTES; minute++) {
            Delays.of(60_000);
            samples.add(sample(minute, publishers));
            System.out.println(samples.getLast());
        }
        publishers.close();
        broken = false;
        await().atMost(LONG).untilAsserted(client::assertNothingWaits);
        for (var path : List.of("/answers", "/too")) {
            assertThat(tally.missing(path, publishers.acknowledged())).as(path).isEmpty();
        }
        // What is kept for a minute is gone by then.
        Delays.of(90_000);
        samples.add(sample(MINUTES + 2, publishers));
        System.out.println(samples.getLast());

        assertThat(publishers.refused()).isEmpty();
        var first = samples.get(Math.min(SETTLED, MINUTES - 1));
        for (var later : samples.subList(samples.indexOf(first), samples.size())) {
            assertThat(later.file).as("file of %s", later).isLessThan(2 * first.file + 64 * MIB);
            assertThat(later.heap).as("heap of %s", later).isLessThan(first.heap + 64 * MIB);
            assertThat(later.threads).as("threads of %s", later).isLessThan(first.threads + 32);
            assertThat(later.files).as("open files of %s", later).isLessThan(first.files + 64);
        }
        var lines = samples.getLast().lines - samples.getFirst().lines;
        assertThat(lines).as("lines of log").isLessThan(20 * MINUTES);
        assertThat(samples.getLast().file).as("file when drained").isLessThan(64 * MIB);
    }

    /** One event of so many. */
    private static String every(int count) {
        return ",\"condition\":\"data.number %% %d = 0\"".formatted(count);
    }

    private Sample sample(int minute, Publishers publishers) throws IOException {
        var process = Path.of("/proc", String.valueOf(waypost.pid()));
        var heap = waypost.liveHeap();
        return new Sample(
                minute,
                size(home.resolve("data")),
                heap,
                entries(process.resolve("task")),
                entries(process.resolve("fd")),
                waypost.output().size(),
                publishers.acknowledged().size());
    }

    private static long entries(Path directory) throws IOException {
        try (var found = Files.list(directory)) {
            return found.count();
        }
    }

    private static long size(Path directory) throws IOException {
        try (var found = Files.walk(directory)) {
            return found.filter(Files::isRegularFile)
                    .mapToLong(LongLoadIT::length)
                    .sum();
        }
    }

    private static long length(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
