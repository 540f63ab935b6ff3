package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Api;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Gateway;
import io.waypost.testing.Proxy;
import io.waypost.testing.Receiver;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A PostgreSQL that answers and cannot be written to, or does not answer: what callers, health and the log say. */
@ExtendWith(OutputCaptureExtension.class)
class DatabaseFaultsIT {

    private static final Duration SOON = Duration.ofSeconds(40);

    /** What health has to notice a fault without anybody publishing. */
    private static final Duration NOTICED = Duration.ofSeconds(2);

    private static String url;
    private static Proxy wire;
    private static Gateway gateway;

    private final Queue<Refusal> refused = new ConcurrentLinkedQueue<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile boolean publishing = true;

    private record Refusal(Api.Answer answer, Duration after) {}

    @BeforeAll
    static void start() {
        url = TestDatabases.postgresUrl();
        var port = url.replaceAll(".*:(\\d+)/.*", "$1");
        wire = new Proxy(Integer.parseInt(port));
        gateway = Gateway.with(Map.of(
                "waypost.db.url",
                url.replace(":" + port + "/", ":" + wire.port() + "/"),
                "waypost.db.user",
                "postgres"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        wire.close();
    }

    @AfterEach
    void mend() throws SQLException {
        publishing = false;
        wire.mend();
        readOnly(false);
        try (var owner = connect()) {
            execute(owner, "drop trigger if exists full_disk on event");
            execute(owner, "drop trigger if exists no_right on log_segment");
        }
        await().atMost(SOON).until(() -> health() == 200);
    }

    @Test
    void givenTheDatabaseTurnsReadOnly_thenHealthSaysSoWithoutTrafficAndEveryWriteIsToldToComeBack(
            CapturedOutput output) throws SQLException {
        gateway.admin().post("/v1/events", Client.events("order.ro", 0, 1)).expect(202);
        var lines = output.toString().lines().count();

        readOnly(true);
        assertDownWithin(NOTICED);
        // One may have been on its way into the pool when the others were thrown out of it.
        gateway.bean(HikariDataSource.class).getHikariPoolMXBean().softEvictConnections();
        var publishers = publishers(12, "order.ro");
        await().atMost(SOON).until(() -> refused.size() >= 100);
        for (int i = 0; i < 5; i++) {
            assertToldToComeBack(gateway.admin().put("/v1/event-types/order.mine", "{\"description\":\"x\"}"));
            assertToldToComeBack(gateway.admin().post("/v1/tenants", "{\"id\":\"late\"}"));
        }
        publishing = false;
        join(publishers);
        assertThat(refused).allSatisfy(refusal -> assertToldToComeBack(refusal.answer));
        readOnly(false);
        await().atMost(SOON).until(() -> health() == 200);

        gateway.admin().post("/v1/events", Client.events("order.ro", 1, 1)).expect(202);
        await().atMost(SOON).until(() -> output.toString()
                .lines()
                .skip(lines)
                .anyMatch(line -> line.contains("Everything can be stored again; it failed ")));
        assertThat(output.toString().lines().skip(lines).toList())
                .as("a line for each fault and one for its end, not one for each request")
                .hasSizeLessThanOrEqualTo(8)
                .noneMatch(line -> line.startsWith("\tat "));
    }

    @Test
    void givenSomebodyHoldsTheHeadOfTheLog_thenHealthSaysSoAndWhatWaitsForItIsToldToComeBack() throws SQLException {
        try (var holder = connect()) {
            holder.setAutoCommit(false);
            execute(holder, "select last_seq from log_head where id = 1 for update");

            assertDownWithin(NOTICED);
            var publishers = publishers(3, "order.held");
            await().atMost(SOON).until(() -> refused.size() >= 3);
            publishing = false;
            join(publishers);
            holder.rollback();
        }
        assertThat(refused).allSatisfy(refusal -> assertToldToComeBack(refusal.answer));
        await().atMost(SOON).until(() -> health() == 200);
    }

    @Test
    void givenTheDatabaseHangs_thenSixtyPublishersAreToldInTimeAndHealthAnswersAtOnce() {
        gateway.admin()
                .put("/v1/event-types/order.hung", "{\"schema\":{\"type\":\"object\"}}")
                .expect(200);
        var publishers = publishers(60, "order.hung");
        await().atMost(SOON).until(() -> accepted.get() > 300);

        wire.hang();
        assertDownWithin(NOTICED.plusSeconds(1));
        for (int i = 0; i < 10; i++) {
            var began = System.nanoTime();
            assertThat(health()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Delays.PAUSE);
        }
        await().atMost(Duration.ofSeconds(45)).until(() -> refused.size() >= 60);
        publishing = false;
        wire.mend();
        join(publishers);
        assertThat(refused).allSatisfy(refusal -> {
            assertToldToComeBack(refusal.answer);
            assertThat(refusal.after).isLessThan(Duration.ofSeconds(30));
        });
    }

    /** What changes in place needs no room: that this works is no proof. */
    @Test
    void givenTheDiskIsFullButForWhatChangesInPlace_thenHealthStaysDownUntilAnEventCanBeStored() throws Exception {
        try (var owner = connect()) {
            execute(owner, """
                    create function full_disk() returns trigger language plpgsql as
                    'begin raise exception ''could not extend file: No space left on device'' using errcode = ''53100''; end'
                    """);
            execute(owner, "create trigger full_disk before insert on event_block execute function full_disk()");

            assertToldToComeBack(gateway.admin().post("/v1/events", Client.events("order.full", 0, 1)));
            var seen = new HashSet<Integer>();
            await().during(Duration.ofSeconds(4)).atMost(SOON).until(() -> {
                seen.add(health());
                return true;
            });
            assertThat(seen).containsExactly(503);

            execute(owner, "drop trigger full_disk on event_block");
        }
        await().atMost(SOON).until(() -> health() == 200);
        gateway.admin().post("/v1/events", Client.events("order.full", 1, 1)).expect(202);
    }

    @Test
    void givenSegmentsCannotBeFinishedForAReasonThatLasts_thenThatIsSetAsideAndTheRestGoesOn() throws SQLException {
        try (var receiver = new Receiver();
                var owner = connect()) {
            var client = new Client(gateway.admin());
            var subscription =
                    client.subscribe("order.aside", receiver.url(), "\"deactivation\":{\"afterFailures\":0}");
            execute(owner, """
                    create function refuse() returns trigger language plpgsql as
                    'begin raise exception ''permission denied for table log_segment'' using errcode = ''42501''; end'
                    """);
            execute(owner, "create trigger no_right before delete on log_segment execute function refuse()");

            for (int i = 0; i < 20; i++) {
                gateway.admin()
                        .post("/v1/events", Client.events("order.aside", i, 1))
                        .expect(202);
                var events = i + 1;
                await().atMost(SOON).until(() -> receiver.received().size() >= events);
            }
            await().atMost(SOON).until(() -> health() == 503);
            assertThat(gateway.admin().get("/actuator/health").text())
                    .contains("permission denied for table log_segment");
            await().atMost(SOON)
                    .until(() -> client.deliveries("status=succeeded&subscription=" + subscription)
                                    .size()
                            == 20);

            execute(owner, "drop trigger no_right on log_segment");
            await().atMost(SOON).until(() -> count(owner, "log_segment") == 0);
            assertThat(receiver.received()).hasSize(20);
        }
        await().atMost(SOON).until(() -> health() == 200);
    }

    private static long count(Connection connection, String what) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("select count(*) from " + what)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void assertToldToComeBack(Api.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isNotNull();
    }

    private static int health() {
        return gateway.admin().get("/actuator/health").status();
    }

    private static void assertDownWithin(Duration most) {
        // Some more for the call itself, on a machine that is busy.
        await().pollInterval(Duration.ofMillis(50)).atMost(most.plusMillis(700)).until(() -> health() == 503);
    }

    private List<Thread> publishers(int count, String type) {
        return IntStream.range(0, count)
                .mapToObj(_ -> Thread.ofVirtual().start(() -> publish(type)))
                .toList();
    }

    private static void join(List<Thread> threads) {
        for (var thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void publish(String type) {
        for (int i = 0; publishing; i++) {
            var began = System.nanoTime();
            var answer = gateway.admin().post("/v1/events", Client.events(type, i, 1));
            if (answer.status() == 202) {
                accepted.incrementAndGet();
            } else {
                refused.add(new Refusal(answer, Duration.ofNanos(System.nanoTime() - began)));
            }
        }
    }

    /** Without a connection that breaks: those that are given back are made anew. */
    private static void readOnly(boolean on) throws SQLException {
        try (var connection = connect()) {
            execute(connection, "set default_transaction_read_only = off");
            execute(
                    connection,
                    "alter database %s set default_transaction_read_only = %s"
                            .formatted(connection.getCatalog(), on ? "on" : "off"));
        }
        gateway.bean(HikariDataSource.class).getHikariPoolMXBean().softEvictConnections();
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(url, "postgres", "postgres");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
