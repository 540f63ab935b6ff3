package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Client;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A key that is taken away too early, and a value that was moved: a start says so, and what waits loses nothing. */
class MissingKeyTest {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String OLD = SecretKeyChangeTest.key('a');
    private static final String NEW = SecretKeyChangeTest.key('b');
    private static final String TYPE = "order.created";

    @TempDir
    private Path data;

    private Gateway gateway;
    private Receiver receiver;

    @BeforeEach
    void open() {
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        gateway.close();
        receiver.close();
    }

    private Client start(Map<String, Object> keys) {
        var settings = new LinkedHashMap<String, Object>(keys);
        settings.put("waypost.data-dir", data);
        settings.put("waypost.secret.reseal-every", "200ms");
        gateway = Gateway.with(settings);
        return new Client(gateway.admin());
    }

    private JsonNode health(String part) {
        return gateway.admin().get("/actuator/health").json().at("/components/" + part);
    }

    private void publish(int from, int count) {
        new Client(gateway.admin()).publish(TYPE, from, count);
    }

    private void assertArrived(String path, int count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(receiver.received().stream()
                        .filter(request -> request.path().equals(path))
                        .map(Client::number))
                .as(path)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, count).boxed().toList()));
    }

    private String connection() {
        return gateway.admin()
                .post("/v1/connections", "{\"name\":\"CRM\",\"kind\":\"bearer\",\"config\":{\"token\":\"t0p\"}}")
                .expect(201)
                .json()
                .path("id")
                .textValue();
    }

    @Test
    void aKeyThatIsMissingRefusesTheStartAndOnceItIsBackAllIsDelivered() {
        var client = start(Map.of("waypost.secret-key", OLD));
        var api = gateway.admin();
        var id = client.subscribe(TYPE, receiver.url("/plain"), "");
        var connection = connection();
        client.subscribe(TYPE, receiver.url("/connected"), "\"connection\":\"%s\"".formatted(connection));
        client.subscribe(TYPE, receiver.url("/ordered"), "\"ordered\":true");
        client.subscribe(TYPE, receiver.url("/batch"), "\"batch\":{\"maxItems\":2,\"maxWait\":\"1s\"}");
        var paused = client.subscribe(TYPE, receiver.url("/paused"), "");
        client.deactivate(paused);
        var source = api.post("/v1/sources", "{\"source\":\"generic\",\"settings\":{\"type\":\"door.opened\"}}")
                .expect(201)
                .json();
        api.post("/v1/events", Client.events("other", 1, 1), "Idempotency-Key", "k")
                .expect(202);
        gateway.close();

        assertThatThrownBy(() -> start(Map.of("waypost.secret-key", NEW)))
                .rootCause()
                .satisfies(e -> assertThat(e.toString()).contains("a key that this node does not have"));
        client = start(Map.of("waypost.secret-key", NEW, "waypost.secret.start-with-unreadable", true));
        api = gateway.admin();
        publish(0, 10);
        client.activateWithReplay(paused);
        publish(10, 10);

        assertThat(health("secretKeys").path("status").asText()).isEqualTo("DOWN");
        await().atMost(SOON).untilAsserted(() -> assertThat(health("secretKeys").toString())
                .contains(id)
                .contains(connection)
                .contains("reason"));
        assertThat(api.get("/actuator/health/readiness").status()).isEqualTo(200);
        assertThat(client.list("/v1/subscriptions", "")).hasSize(5).allSatisfy(subscription -> assertThat(
                        subscription.path("state").textValue())
                .isEqualTo("unreadable"));
        assertThat(client.subscription(id).path("config")).isEmpty();
        assertThat(client.list("/v1/connections", ""))
                .singleElement()
                .satisfies(one -> assertThat(one.path("unreadable").isTextual()).isTrue());
        api.get("/v1/connections/" + connection).expect(200);
        assertThat(client.list("/v1/sources", ""))
                .singleElement()
                .satisfies(one -> assertThat(one.path("unreadable").isTextual()).isTrue());
        api.get("/v1/sources/" + source.path("id").textValue()).expect(200);
        api.post(source.path("url").textValue(), "{}").expect(503);
        api.patch("/v1/connections/" + connection, "{\"name\":\"new\"}").expect(503);
        api.post("/v1/events", Client.events("other", 1, 1), "Idempotency-Key", "k")
                .expect(503);
        assertThat(receiver.received()).isEmpty();
        gateway.close();

        client = start(Map.of("waypost.secret-key", OLD));

        assertThat(health("secretKeys").path("status").asText()).isEqualTo("UP");
        for (var path : new String[] {"/plain", "/connected", "/ordered", "/paused"}) {
            assertArrived(path, 20);
        }
        await().atMost(SOON).untilAsserted(client::assertNothingWaits);
        assertThat(receiver.received().stream().filter(r -> r.path().equals("/batch")))
                .hasSize(10);
        gateway.admin().post(source.path("url").textValue(), "{}").expect(200);
    }

    @Test
    void aSecretThatWasMovedToAnotherRowIsNotUsedThere() {
        var client = start(Map.of());
        var id = client.subscribe(TYPE, receiver.url("/own"), "");
        var other = client.subscribe(TYPE, receiver.url("/other"), "");
        gateway.bean(JdbcClient.class)
                .sql(
                        "update subscription set config = (select config from subscription where id = :other) where id = :id")
                .param("other", other)
                .param("id", id)
                .update();

        assertThat(client.subscription(id).path("state").textValue()).isEqualTo("unreadable");
        gateway.close();
        assertThatThrownBy(() -> start(Map.of()))
                .rootCause()
                .hasMessageContaining("1 stored rows")
                .hasMessageContaining("subscription " + id)
                .hasMessageContaining("waypost.secret.start-with-unreadable=true");
        client = start(Map.of("waypost.secret.start-with-unreadable", true));
        publish(0, 1);
        assertArrived("/other", 1);
        assertThat(health("secretKeys").path("status").asText()).isEqualTo("DOWN");

        gateway.admin().delete("/v1/subscriptions/" + id).expect(204);
        // When it looks again.
        gateway.clock().advance(Duration.ofMinutes(1));

        await().atMost(SOON)
                .until(() -> health("secretKeys").path("status").asText().equals("UP"));
        assertThat(receiver.received()).hasSize(1);
    }
}
