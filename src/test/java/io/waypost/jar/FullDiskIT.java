package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The data is on a disk of 12 MB. To have one takes the right to mount it; {@code FullDiskFlowTest} does the same without,
 * on a disk that only says that it is full.
 */
class FullDiskIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final Receiver receiver = new Receiver();

    @TempDir
    private Path home;

    private Path data;
    private WaypostProcess waypost;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        data = Files.createDirectory(home.resolve("data"));
        var mounted = run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", data.toString());
        if (!mounted) {
            System.err.println("SKIPPED: FullDiskIT needs the right to mount a tmpfs (run as root)");
        }
        Assumptions.assumeTrue(mounted, "the right to mount a tmpfs");
        waypost = WaypostProcess.unpackedIn(home).with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        receiver.close();
        if (waypost != null) {
            waypost.close();
            assertThat(run("umount", data.toString())).isTrue();
        }
    }

    @Test
    void whenTheDiskIsFullItSaysSoAndWhenThereIsRoomAgainItGoesOnWithAllThatWasAcknowledged() throws IOException {
        waypost.start();
        var client = new Client(waypost.admin());
        client.subscribe("order.created", receiver.url(), "");
        try (var publishers = new Publishers(waypost.admin(), "order.created", 6).pausing(5)) {
            await().atMost(SOON).until(() -> publishers.acknowledged().size() > 300);

            var ballast = fill();

            await().atMost(SOON).until(() -> status("/readiness") == 503);
            await().atMost(SOON).until(() -> !publishers.refused().isEmpty());
            assertThat(status("")).isEqualTo(503);
            assertThat(status("/liveness")).isEqualTo(200);
            assertThat(waypost.admin()
                            .get("/actuator/health")
                            .json()
                            .at("/components/storage/details/reason")
                            .textValue())
                    .contains("Nothing can be stored since");
            var before = publishers.acknowledged().size();

            Files.delete(ballast);

            await().atMost(SOON).until(() -> publishers.acknowledged().size() > before + 300);
            publishers.close();
            assertThat(publishers.refused()).allSatisfy(answer -> {
                assertThat(answer.status()).as(answer.text()).isEqualTo(503);
                assertThat(answer.header("Retry-After")).isNotNull();
            });
            assertNothingIsLost(client, publishers.acknowledged().stream().toList());
        }
        assertThat(status("")).isEqualTo(200);
        assertThat(waypost.output())
                .filteredOn(line -> line.contains("WARN"))
                .as("told at its beginning and end, not for each request")
                .hasSizeLessThan(30);
    }

    @Test
    void onAFullDiskItDoesNotStartAndSaysWhy() throws IOException {
        fill();

        assertThat(waypost.launch().awaitRefusal())
                .containsOnlyOnce("APPLICATION FAILED TO START")
                .contains("The disk of the data directory " + data + " is full")
                .doesNotContain("\tat ");
    }

    /** A file that leaves no room. */
    private Path fill() throws IOException {
        var ballast = data.resolve("ballast");
        var block = new byte[64 * 1024];
        try (var out = Files.newOutputStream(ballast)) {
            for (int i = 0; i <= 12 * 16; i++) {
                out.write(block);
            }
            throw new AssertionError("the disk is not full after 12 MB");
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
        return ballast;
    }

    private void assertNothingIsLost(Client client, List<String> acknowledged) {
        await().atMost(SOON).untilAsserted(client::assertNothingWaits);
        await().atMost(SOON).until(() -> receiver.received().stream()
                .map(Receiver.Received::id)
                .collect(Collectors.toSet())
                .containsAll(acknowledged));
        assertThat(client.list("/v1/events", "type=order.created"))
                .extracting(event -> event.path("id").textValue())
                .containsAll(acknowledged);
    }

    private int status(String probe) {
        return waypost.api(null).get("/actuator/health" + probe).status();
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectErrorStream(true)
                        .start()
                        .waitFor()
                == 0;
    }
}
