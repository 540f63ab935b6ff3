package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Proxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a load balancer, Kubernetes and vendors see of a process that starts, ends, or has lost its database. */
class ProbesIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String KEY = "the-admin-key-of-this-test";
    private static final String HEALTH = "/actuator/health";
    private static final String LIVENESS = HEALTH + "/liveness";
    private static final String READINESS = HEALTH + "/readiness";

    @TempDir
    private Path home;

    private WaypostProcess waypost;

    @BeforeEach
    void make() {
        waypost = WaypostProcess.unpackedIn(home).with("WAYPOST_ADMIN_KEY", KEY);
    }

    @AfterEach
    void end() {
        waypost.close();
    }

    @Test
    void fromTheFirstConnectionOnWhatVendorsPostIsTakenAndWhoIsUpTakesEvents() {
        waypost.start();
        var source = source();
        waypost.kill();
        var port = freePort();
        waypost.with("SERVER_PORT", String.valueOf(port)).launch();
        var anybody = new Api("http://127.0.0.1:" + port, null);
        var posted = new ArrayList<Api.Answer>();
        var published = new ArrayList<Api.Answer>();

        while (!waypost.listens()) {
            try {
                posted.add(anybody.post(source, "{\"type\":\"from.vendor\"}"));
                for (var probe : List.of(HEALTH, READINESS)) {
                    if (anybody.get(probe).status() == 200) {
                        published.add(anybody.with(KEY).post("/v1/events", Client.events("from.publisher", 0, 1)));
                    }
                }
            } catch (IllegalStateException _) {
                Delays.of(5); // the port is closed still
            }
        }

        assertThat(posted).extracting(Api.Answer::status).containsOnly(200);
        assertThat(published).extracting(Api.Answer::status).containsOnly(202);
        waypost.awaitReady();
        assertThat(new Client(waypost.admin()).list("/v1/events", "type=from.vendor"))
                .hasSameSizeAs(posted);
    }

    @Test
    void whileItEndsItIsNotReadyButAliveAndStillTakesWhatVendorsPost() {
        waypost.withArgument("--waypost.drain=8s").start();
        var source = source();
        var anybody = waypost.api(null);
        assertThat(status(READINESS)).isEqualTo(200);
        assertThat(status(LIVENESS)).isEqualTo(200);

        waypost.terminate();

        await().atMost(SOON).until(() -> status(READINESS) == 503);
        assertThat(anybody.get(HEALTH).expect(503).text()).isEqualTo("{\"status\":\"OUT_OF_SERVICE\"}");
        anybody.get(LIVENESS).expect(200);
        var refused = waypost.admin()
                .post("/v1/events", Client.events("from.publisher", 0, 1))
                .expect(503);
        assertThat(refused.header("Retry-After")).isNotNull();
        anybody.post(source, "{\"type\":\"from.vendor\"}").expect(200);
        waypost.awaitEnd(SOON);
        waypost.start();
        assertThat(new Client(waypost.admin()).list("/v1/events", "type=from.vendor"))
                .hasSize(1);
    }

    @Test
    void withoutItsDatabaseItIsNotReadyButAliveAndItIsReadyAgainByItself() {
        var url = TestDatabases.postgresUrl();
        var port = url.replaceAll(".*:(\\d+)/.*", "$1");
        try (var wire = new Proxy(Integer.parseInt(port))) {
            waypost.with("WAYPOST_DB_URL", url.replace(":" + port + "/", ":" + wire.port() + "/"))
                    .with("WAYPOST_DB_USER", "postgres")
                    .start();
            assertIsReady();

            wire.cut();
            assertIsAliveOnly();
            wire.mend();
            assertIsReady();

            wire.hang();
            assertIsAliveOnly();
        }
    }

    private void assertIsReady() {
        await().atMost(SOON).until(() -> status(READINESS) == 200);
        assertThat(status(HEALTH)).isEqualTo(200);
        new Client(waypost.admin()).publish("from.publisher", 0, 1);
    }

    private void assertIsAliveOnly() {
        await().atMost(SOON).until(() -> status(READINESS) == 503);
        assertThat(status(LIVENESS)).isEqualTo(200);
        assertThat(waypost.api(null).get(HEALTH).expect(503).text()).isEqualTo("{\"status\":\"DOWN\"}");
        assertThat(waypost.admin()
                        .get(HEALTH)
                        .expect(503)
                        .json()
                        .at("/components/storage/details/reason")
                        .textValue())
                .matches("Nothing can be stored since .*|The database has not answered for .* s");
    }

    /** Far sooner than the database is given up. */
    private int status(String probe) {
        var began = System.nanoTime();
        var status = waypost.api(null).get(probe).status();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
        return status;
    }

    /** Where a vendor posts to. */
    private String source() {
        return waypost.admin()
                .post("/v1/sources", "{\"source\":\"generic\"}")
                .expect(201)
                .json()
                .path("url")
                .textValue();
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void withFewFilesAndManyConnectionsOnWhichNothingIsAskedProbesAreAnswered() throws Exception {
        waypost.withFileLimit(256).start();
        var port = Integer.parseInt(waypost.port());
        var idle = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 200; i++) {
                idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }

            // Not only when the idle ones have timed out, after 20 s.
            var begun = System.nanoTime();
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> waypost.api(null).get(READINESS).status() == 200);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(19));
            assertThat(waypost.text()).doesNotContain("Too many open files");
            waypost.admin().post("/v1/events", Client.events("a", 0, 1)).expect(202);
        } finally {
            for (var socket : idle) {
                socket.close();
            }
        }
    }
}
