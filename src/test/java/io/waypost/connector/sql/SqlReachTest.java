package io.waypost.connector.sql;

import static io.waypost.connector.ConnectorsUnderTest.brief;
import static io.waypost.connector.ConnectorsUnderTest.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Failure;
import io.waypost.connector.pool.SilentServer;
import io.waypost.platform.Violation;
import io.waypost.testing.Delays;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which databases are reached, and what becomes of those that cannot be. */
class SqlReachTest {

    private static ConnectorsUnderTest connectors;

    @BeforeAll
    static void start() {
        connectors = ConnectorsUnderTest.onLoopback();
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @Test
    void aServerThatSaysNothingHoldsTheAttemptNoLongerThanItsTimeAndThenNothing() throws Exception {
        for (var url : new String[] {
            "jdbc:postgresql://127.0.0.1:%d/x", "jdbc:mysql://127.0.0.1:%d/x", "jdbc:h2:tcp://127.0.0.1:%d/x"
        }) {
            try (var silent = new SilentServer()) {
                var before = System.nanoTime();

                var outcome = connectors
                        .connector("sql")
                        .send(brief(
                                "sql",
                                "{'url':'%s','statement':'update t set a = 1'}"
                                        .formatted(url.formatted(silent.port()))));

                assertThat(outcome.failure()).as(url).isEqualTo(Failure.TIMEOUT);
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Delays.PAUSE);
                await().atMost(Duration.ofSeconds(10)).until(silent::isAlone);
            }
        }
    }

    @Test
    void nobodyListeningIsConnectionRefused() throws Exception {
        int port;
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();
        }
        for (var url : new String[] {
            "jdbc:postgresql://127.0.0.1:%d/x", "jdbc:mariadb://127.0.0.1:%d/x", "jdbc:h2:tcp://127.0.0.1:%d/x"
        }) {
            assertThat(connectors
                            .send("sql", "{'url':'%s','statement':'update t set a = 1'}".formatted(url.formatted(port)))
                            .failure())
                    .as(url)
                    .isEqualTo(Failure.CONNECTION_REFUSED);
        }
    }

    @Test
    void privateDatabasesAndTheGatewaysOwnMemoryAreRefusedUnlessAllowed() {
        try (var strict = new ConnectorsUnderTest(false, Path.of("no-such-directory"))) {
            for (var url : new String[] {
                "jdbc:postgresql://127.0.0.1:5432/x",
                "jdbc:mysql://localhost/x",
                "jdbc:h2:tcp://10.0.0.1/x",
                "jdbc:h2:mem:x"
            }) {
                var config = "{'url':'%s','statement':'update t set a = 1'}".formatted(url);
                assertThat(strict.catalog().violations("sql", object(config)))
                        .extracting(Violation::pointer)
                        .containsExactly("/url");
                assertThat(strict.send("sql", config).failure())
                        .isIn(Failure.ADDRESS_BLOCKED, Failure.CONNECTOR_FAILED);
            }
        }
    }

    @Test
    void theSocketsOfTheDriversReachPublicAddressesOnly() {
        for (var host : new String[] {"127.0.0.1", "::1", "localhost"}) {
            assertThatThrownBy(() -> new PublicSockets().createSocket(host, 1))
                    .hasMessageContaining("not a public address");
        }
    }

    @Test
    void everyBindNeedsAParameterAndEveryParameterABind() {
        assertThat(
                        connectors
                                .catalog()
                                .violations(
                                        "sql",
                                        object(
                                                "{'url':'jdbc:h2:mem:x;INIT=x','statement':'insert into t values (:a, :b)','parameters':{'b':'(','c':'1'}}")))
                .extracting(Violation::pointer)
                .containsExactlyInAnyOrder("/url", "/parameters/a", "/parameters/b", "/parameters/c");
    }
}
