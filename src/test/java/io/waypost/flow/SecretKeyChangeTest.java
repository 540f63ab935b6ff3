package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.testing.Client;
import io.waypost.testing.Delays;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The secret key of two gateways on one PostgreSQL is changed while events come in: every one of them is delivered. */
class SecretKeyChangeTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String OLD = key('a');
    private static final String NEW = key('b');
    private static final Map<String, Object> ONLY_OLD = Map.of("waypost.secret-key", OLD);
    private static final Map<String, Object> PHASE_ONE =
            Map.of("waypost.secret-key", OLD, "waypost.next-secret-key", NEW);
    private static final Map<String, Object> PHASE_TWO =
            Map.of("waypost.secret-key", NEW, "waypost.previous-secret-keys", OLD);
    private static final Map<String, Object> ONLY_NEW = Map.of("waypost.secret-key", NEW);

    private final String database = TestDatabases.postgresUrl();
    private final List<Gateway> running = new CopyOnWriteArrayList<>();

    private Receiver receiver;

    static String key(char fill) {
        return Base64.getEncoder()
                .encodeToString(String.valueOf(fill).repeat(32).getBytes());
    }

    @BeforeEach
    void open() {
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        running.forEach(Gateway::close);
        receiver.close();
    }

    private Gateway start(Map<String, Object> keys) {
        var settings = new LinkedHashMap<String, Object>(keys);
        settings.put("waypost.db.user", "postgres");
        settings.put("waypost.db.url", database);
        settings.put("waypost.log.segment", 10);
        settings.put("waypost.secret.reseal-every", "200ms");
        settings.put("waypost.secret.read-again", "200ms");
        var started = Gateway.with(settings);
        running.add(started);
        return started;
    }

    private Gateway restart(Gateway node, Map<String, Object> keys) {
        running.remove(node);
        node.close();
        return start(keys);
    }

    private static Client client(Gateway node) {
        return new Client(node.admin());
    }

    /** Publishes on all nodes that run, one event after the other, and keeps the numbers that were acknowledged. */
    private final class Load implements AutoCloseable {

        private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        private final Thread thread = Thread.ofVirtual().unstarted(this::run);
        private volatile boolean goesOn = true;

        private Load begin() {
            thread.start();
            return this;
        }

        private void run() {
            for (int number = 0; goesOn; number++) {
                var node = running.get(number % running.size());
                try {
                    var answer = node.admin().post("/v1/events", Client.events("order.created", number, 1));
                    if (answer.status() == 202) {
                        acknowledged.add(number);
                    }
                } catch (IllegalStateException _) {
                    // It is being stopped.
                }
                Delays.of(4);
            }
        }

        @Override
        public void close() {
            goesOn = false;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Set<Integer> arrived(String path) {
        return receiver.received().stream()
                .filter(request -> request.path().equals(path))
                .map(Client::number)
                .collect(Collectors.toSet());
    }

    private void assertAllArrive(Set<Integer> acknowledged, String... paths) {
        for (var path : paths) {
            await().atMost(SOON).untilAsserted(() -> {
                var missing = new TreeSet<>(acknowledged);
                missing.removeAll(arrived(path));
                assertThat(missing).as("lost on the way to %s", path).isEmpty();
            });
        }
        await().atMost(SOON).untilAsserted(() -> client(running.getFirst()).assertNothingWaits());
    }

    private static JsonNode health(Gateway node) {
        return node.admin().get("/actuator/health").json().at("/components/secretKeys");
    }

    private static void awaitPreviousKeys(Gateway node, String what) {
        await().atMost(SOON).untilAsserted(() -> assertThat(
                        health(node).at("/details/previousKeys").asText())
                .startsWith(what));
    }

    private static List<String> states(Gateway node) {
        return StreamSupport.stream(
                        node.admin()
                                .get("/v1/subscriptions?limit=250")
                                .expect(200)
                                .json()
                                .path("data")
                                .spliterator(),
                        false)
                .map(subscription -> subscription.path("state").textValue())
                .toList();
    }

    /** What sealed values begin with, in whatever table and column of text, and where. */
    private static Map<String, String> beginningsOfSealed(Gateway node) {
        var jdbc = node.bean(JdbcClient.class);
        var found = new TreeMap<String, String>();
        jdbc.sql("""
                        select table_name, column_name
                          from information_schema.columns
                         where table_schema = 'public'
                           and data_type = 'character varying'
                        """)
                .query((row, _) -> List.of(row.getString(1), row.getString(2)))
                .list()
                .forEach(column -> jdbc.sql(
                                "select distinct left(%2$s, 12) from %1$s where %2$s like 'v_.%%' and length(%2$s) > 40"
                                        .formatted(column.getFirst(), column.getLast()))
                        .query(String.class)
                        .list()
                        .forEach(beginning ->
                                found.merge(beginning, String.join(".", column), (some, more) -> some + ", " + more)));
        return found;
    }

    @Test
    void inTwoPhasesNothingIsLostAndThenTheOldKeyIsNotNeeded() {
        var one = start(ONLY_OLD);
        var two = start(ONLY_OLD);
        client(one).subscribe("order.created", receiver.url("/live"), "");
        client(one).subscribe("order.created", receiver.url("/ordered"), "\"ordered\":true");
        var connection = one.admin()
                .post("/v1/connections", "{\"name\":\"CRM\",\"kind\":\"bearer\",\"config\":{\"token\":\"t0p\"}}")
                .expect(201)
                .json()
                .path("id")
                .textValue();
        client(one)
                .subscribe("order.created", receiver.url("/connected"), "\"connection\":\"%s\"".formatted(connection));
        var source = one.admin()
                .post("/v1/sources", "{\"source\":\"generic\",\"settings\":{\"type\":\"door.opened\"}}")
                .expect(201)
                .json()
                .path("url")
                .textValue();
        one.admin()
                .post("/v1/events", Client.events("other", 1, 1), "Idempotency-Key", "k")
                .expect(202);

        var sealedWithTheOld = beginningsOfSealed(one);
        assertThat(sealedWithTheOld).hasSize(1);

        try (var load = new Load().begin()) {
            one = restart(one, PHASE_ONE);
            two = restart(two, PHASE_ONE);
            one = restart(one, PHASE_TWO);
            awaitPreviousKeys(one, "keep: other nodes");
            client(one).subscribe("order.created", receiver.url("/new"), "");
            assertThat(states(two)).containsOnly("active").hasSize(4);
            two = restart(two, PHASE_TWO);
            awaitPreviousKeys(one, "not needed");
            awaitPreviousKeys(two, "not needed");
            assertThat(beginningsOfSealed(one).keySet())
                    .as("what is not known to be sealed is left behind")
                    .doesNotContainAnyElementsOf(sealedWithTheOld.keySet());
            one = restart(one, ONLY_NEW);
            load.close();

            assertAllArrive(load.acknowledged, "/live", "/ordered", "/connected");
            assertThat(load.acknowledged).hasSizeGreaterThan(100);
        }
        assertThat(health(one).path("status").asText()).isEqualTo("UP");
        assertThat(states(one)).containsOnly("active").hasSize(4);
        one.admin().post(source, "{}").expect(200);
        assertThat(one.admin()
                        .post("/v1/events", Client.events("other", 1, 1), "Idempotency-Key", "k")
                        .expect(202)
                        .header("Idempotent-Replayed"))
                .isEqualTo("true");
    }

    @Test
    void inOnePhaseTheNodeThatLacksTheNewKeySaysSoAndNothingIsLost() {
        var one = start(ONLY_OLD);
        var two = start(ONLY_OLD);
        client(one).subscribe("order.created", receiver.url("/before"), "");
        one = restart(one, PHASE_TWO);

        var ids = new ArrayList<String>();
        ids.add(client(one).subscribe("order.created", receiver.url("/after"), ""));
        // Of which some would be the other node's alone to send.
        for (int i = 0; i < 4; i++) {
            ids.add(client(one).subscribe("order.created", receiver.url("/narrow" + i), "\"concurrency\":1"));
        }
        var other = two;
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(states(other)).containsOnly("active", "unreadable").hasSize(6);
            assertThat(health(other).path("status").asText()).isEqualTo("DOWN");
            assertThat(health(other).at("/details/unreadable").toString()).contains(ids);
        });
        var unreadable = two.admin().get("/v1/subscriptions/" + ids.getFirst()).expect(200);
        assertThat(unreadable.json().path("unreadable").textValue()).contains("a key that this node does not have");
        assertThat(unreadable.json().path("config")).isEmpty();
        two.admin()
                .patch("/v1/subscriptions/" + ids.getFirst(), "{\"name\":\"new\"}")
                .expect(503);
        two.admin().get("/v1/subscriptions/" + ids.getFirst() + "/secret").expect(503);
        assertThat(states(one)).containsOnly("active").hasSize(6);

        try (var load = new Load().begin()) {
            await().atMost(SOON).until(() -> load.acknowledged.size() > 100);
            two = restart(two, PHASE_TWO);
            awaitPreviousKeys(two, "not needed");
            load.close();

            assertAllArrive(load.acknowledged, "/before", "/after", "/narrow0", "/narrow1", "/narrow2", "/narrow3");
        }
        assertThat(health(two).path("status").asText()).isEqualTo("UP");
        assertThat(states(two)).containsOnly("active").hasSize(6);
    }
}
