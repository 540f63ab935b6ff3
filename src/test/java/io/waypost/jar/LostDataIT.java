package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/** The data of a gateway is deleted, damaged or changed by a newer release. */
class LostDataIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Pattern ACCEPT = Pattern.compile("--waypost.storage.accept-loss=\\S+");

    @TempDir
    private Path home;

    private WaypostProcess waypost;

    @BeforeEach
    void prepare() {
        waypost = WaypostProcess.unpackedIn(home).with("WAYPOST_ADMIN_KEY", "the-admin-key-of-this-test");
    }

    @AfterEach
    void end() {
        waypost.close();
    }

    @Test
    void givenADeletedDirectory_whenEventsCome_thenNoneIsAcknowledgedAndNoLaterStartIsEmptyInSilence()
            throws Exception {
        waypost.start();
        new Client(waypost.admin()).publish("a.b", 0, 5);
        awaitMark(5);

        FileSystemUtils.deleteRecursively(home.resolve("data"));

        var events = Client.events("a.b", 5, 1);
        assertThat(waypost.admin().post("/v1/events", events).status()).isEqualTo(503);
        await().atMost(SOON)
                .until(() -> waypost.admin().get("/actuator/health/readiness").status() == 503);
        assertThat(waypost.admin().get("/actuator/health/liveness").status()).isEqualTo(200);
        assertThat(waypost.admin()
                        .get("/actuator/health")
                        .expect(503)
                        .json()
                        .at("/components/storage/details/reason")
                        .textValue())
                .contains("waypost.mv.db was deleted or moved away while it was in use", "put a backup in its place");
        assertThat(waypost.admin().post("/v1/events", events).status()).isEqualTo(503);
        assertThat(waypost.text()).containsOnlyOnce("Nothing can be stored, publishers are told to come back");
        awaitMark(5);
        waypost.kill();

        var refusal = waypost.launch().awaitRefusal();

        assertThat(refusal).contains("The database is empty", "up to event 5").doesNotContain("\tat ");
        waypost.withArgument(accepting(refusal)).start();
        new Client(waypost.admin()).publish("a.b", 0, 1);
        waypost.terminate();
        waypost.awaitEnd(SOON);
        assertThat(waypost.read("data/waypost.mark")).contains("sequence=1\n");
        aNewerReleaseChangesTheSchema();
        assertThat(waypost.launch().awaitRefusal())
                .contains("has version 900", "Start Waypost 0", "or newer")
                .doesNotContain("\tat ", " WARN ");
    }

    private static String accepting(String refusal) {
        var found = ACCEPT.matcher(refusal);
        assertThat(found.find()).as(refusal).isTrue();
        return found.group();
    }

    private void aNewerReleaseChangesTheSchema() throws SQLException {
        try (var database = DriverManager.getConnection("jdbc:h2:file:" + home.resolve("data/waypost"), "sa", "");
                var statement = database.createStatement()) {
            statement.execute("insert into \"flyway_schema_history\" select 900, '900', 'later', 'SQL', 'x', 7, 'me',"
                    + " \"installed_on\", 1, true from \"flyway_schema_history\" where \"version\" = '1'");
        }
    }

    @Test
    void givenABlockOfZerosAtTheEndOfTheFile_whenItIsStarted_thenItSaysThatEventsAreMissing() throws IOException {
        waypost.start();
        var client = new Client(waypost.admin());
        for (int i = 0; i < 700; i += 100) {
            client.publish("a.b", i, 100);
        }
        awaitMark(700);
        waypost.kill();
        var file = home.resolve("data/waypost.mv.db");
        var whole = Files.readAllBytes(file);

        // The end of the file may be free: then nothing is missing, and a larger block is.
        var block = 64 * 1024;
        while (startsWithout(file, whole, block)) {
            assertThat(eventsThereAre()).isEqualTo(700);
            waypost.kill();
            assertThat(block).as("the whole file is gone, and it has started").isLessThan(whole.length);
            block *= 2;
        }

        assertThat(waypost.awaitRefusal())
                .containsAnyOf("The database has lost events", "cannot be opened as a database")
                .doesNotContain("\tat ", " WARN ");
    }

    /** @return whether it has started although the last so many bytes, but for the head of the file, are zeros */
    private boolean startsWithout(Path file, byte[] whole, int block) throws IOException {
        var damaged = whole.clone();
        Arrays.fill(damaged, Math.max(Math.min(8_192, whole.length), whole.length - block), whole.length, (byte) 0);
        Files.write(file, damaged);
        waypost.launch();
        await().atMost(SOON).until(() -> waypost.hasEnded() || waypost.port() != null);
        return !waypost.hasEnded();
    }

    private int eventsThereAre() {
        var count = 0;
        var next = "";
        do {
            var page = waypost.admin()
                    .get("/v1/events?limit=250" + (next.isEmpty() ? "" : "&cursor=" + next))
                    .expect(200)
                    .json();
            count += page.path("data").size();
            next = page.path("next").asText("");
        } while (!next.isEmpty());
        return count;
    }

    private void awaitMark(long seq) {
        await().atMost(SOON)
                .until(() -> Files.exists(home.resolve("data/waypost.mark"))
                        && waypost.read("data/waypost.mark").contains("sequence=" + seq + "\n"));
    }
}
