package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup made under load, restored as docs/operations.md says; and the command that compacts. */
class BackupIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final Receiver receiver = new Receiver();

    @TempDir
    private Path home;

    private WaypostProcess waypost;

    @AfterEach
    void end() {
        if (waypost != null) {
            waypost.close();
        }
        receiver.close();
    }

    @Test
    void whatWasAcknowledgedBeforeABackupIsThereAfterItsRestoreAndDeliveriesGoOn() throws IOException {
        waypost = WaypostProcess.unpackedIn(home).with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true");
        waypost.start();
        var client = new Client(waypost.admin());
        client.subscribe("order.created", receiver.url("/orders"), "");
        var waiting = client.subscribe("wait.here", receiver.url("/waited"), "");
        client.deactivate(waiting);
        var buffered = client.publish("wait.here", 0, 20);
        Set<String> before;
        Path backup;
        try (var publishers = new Publishers(waypost.admin(), "order.created", 4).pausing(5)) {
            await().atMost(SOON).until(() -> publishers.acknowledged().size() > 300);
            before = Set.copyOf(publishers.acknowledged());
            var answer = waypost.admin().post("/v1/backups", null).expect(200).json();
            backup = Path.of(answer.path("file").textValue());
            assertThat(answer.path("bytes").longValue()).isEqualTo(Files.size(backup));
            assertThat(publishers.acknowledged()).hasSizeGreaterThan(before.size());
            assertThat(publishers.refused()).isEmpty();
        }
        var tenant = waypost.admin();
        tenant.post("/v1/tenants", "{\"id\":\"acme\"}").expect(201);
        var key = tenant.post("/v1/tenants/acme/keys", "{\"name\":\"all\",\"scopes\":[\"manage\"]}")
                .expect(201)
                .json()
                .path("key")
                .textValue();
        assertThat(waypost.api(key).post("/v1/backups", null).status()).isEqualTo(403);
        assertThat(waypost.admin()
                        .get("/actuator/health")
                        .json()
                        .at("/components/storage/details/size")
                        .longValue())
                .isPositive();
        assertThat(waypost.admin().get("/actuator/prometheus").text())
                .contains("waypost_store_bytes ", "waypost_store_live_bytes ");
        try (var command = compactionOf(home.resolve("data"))) {
            assertThat(command.launch().awaitRefusal()).contains("is in use by another process");
        }
        waypost.terminate();
        waypost.awaitEnd(Duration.ofSeconds(30));

        var restored = Files.createDirectories(home.resolve("restored/data"));
        unpack(backup, restored);
        for (var name : List.of("secret.key", "admin.key")) {
            Files.copy(home.resolve("data").resolve(name), restored.resolve(name));
        }
        compact(restored);
        receiver.received().clear();
        waypost = WaypostProcess.unpackedIn(restored.getParent()).with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true");
        waypost.start();

        var again = new Client(waypost.admin());
        for (var id : before) {
            waypost.admin().get("/v1/events/" + id).expect(200);
        }
        await().atMost(SOON).untilAsserted(again::assertNothingWaits);
        again.activateWithReplay(waiting);
        var later = again.publish("order.created", 1_000_000, 3);
        var expected = new HashSet<>(buffered);
        expected.addAll(later);
        await().atMost(SOON).untilAsserted(() -> assertThat(received()).containsAll(expected));
    }

    private Set<String> received() {
        return receiver.received().stream().map(Receiver.Received::id).collect(Collectors.toSet());
    }

    /** As a process of its own, and it ends by itself. */
    private static void compact(Path data) throws IOException {
        var file = data.resolve("waypost.mv.db");
        var before = Files.size(file);
        try (var command = compactionOf(data).launch()) {
            assertThat(command.awaitEnd(SOON)).as(command::text).isZero();
            assertThat(command.text()).contains("%d bytes were %d".formatted(Files.size(file), before));
        }
        assertThat(Files.size(file)).isLessThan(before);
    }

    private static WaypostProcess compactionOf(Path data) {
        return WaypostProcess.unpackedIn(data.getParent()).withArgument("--waypost.compact");
    }

    private static void unpack(Path zip, Path to) throws IOException {
        try (var in = new ZipInputStream(Files.newInputStream(zip))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Files.copy(in, to.resolve(entry.getName()));
            }
        }
    }
}
