package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where private networks are off limits, names are no way around that, nor is what was permitted once. */
class AddressFlowTest {

    @TempDir
    private Path data;

    private final List<String> subscriptions = new ArrayList<>();

    @Test
    void whatWasPermittedOnceAndNamesThatLeadInwardsAreBlockedAtTheDelivery() {
        try (var receiver = new Receiver()) {
            try (var open = gateway(true)) {
                subscribe(open.admin(), "http://127.0.0.1:%d/hook", receiver);
                subscribe(open.admin(), "http://localhost:%d/hook", receiver);
                subscribe(open.admin(), "http://LOCALHOST:%d/hook", receiver);
                publish(open.admin());
                await().atMost(Flow.SOON)
                        .untilAsserted(() -> assertThat(receiver.received()).hasSize(3));
            }
            receiver.received().clear();
            try (var closed = gateway(false)) {
                var api = closed.admin();
                api.post("/v1/subscriptions", body("http://127.0.0.1:%d/hook", receiver))
                        .expect(422);

                var event = publish(api);

                for (var subscription : subscriptions) {
                    assertThat(errorOf(api, event, subscription)).isEqualTo("address_blocked");
                }
                assertThat(receiver.received()).isEmpty();
            }
        }
    }

    @Test
    void clientsThatCannotBeBoundedReachListedServersOnly() {
        var kafka = "\"connector\":\"kafka\",\"config\":{\"brokers\":\"127.0.0.1:%d\",\"topic\":\"x\"}";
        var jms = "\"connector\":\"jms\",\"config\":{\"url\":\"tcp://127.0.0.1:%d\",\"queue\":\"x\"}";
        var sql = "\"connector\":\"sql\",\"config\":{\"url\":\"jdbc:postgresql://127.0.0.1:%d/x\","
                + "\"statement\":\"insert into t values (:a)\",\"parameters\":{\"a\":\"type\"}}";
        var amqp = "\"connector\":\"amqp\",\"config\":{\"url\":\"amqp://127.0.0.1:%d\",\"queue\":\"x\"}";
        var all = List.of(kafka, jms, amqp, sql);
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            try (var listed = listing("127.0.0.1:" + server.getLocalPort())) {
                for (var config : all) {
                    subscriptions.add(listed.admin()
                            .post("/v1/subscriptions", client(config, server))
                            .expect(201)
                            .json()
                            .path("id")
                            .textValue());
                }
            }
            try (var unlisted = listing("127.0.0.1:1,*.example.com")) {
                var api = unlisted.admin();
                for (var config : all) {
                    assertThat(api.post("/v1/subscriptions", client(config, server))
                                    .expect(422)
                                    .json()
                                    .toString())
                            .contains("WAYPOST_DESTINATIONS", "/config/");
                }

                var event = publish(api);

                for (var subscription : subscriptions) {
                    assertThat(errorOf(api, event, subscription)).isEqualTo("address_blocked");
                }
                server.setSoTimeout(1);
                assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Gateway listing(String destinations) {
        return Gateway.with(Map.of("waypost.data-dir", data, "waypost.destinations", destinations));
    }

    private static String client(String config, ServerSocket server) {
        return "{\"events\":[\"order.created\"],\"retry\":{\"schedule\":[]},%s}"
                .formatted(config.formatted(server.getLocalPort()));
    }

    private Gateway gateway(boolean privateNetworks) {
        return Gateway.with(Map.of("waypost.data-dir", data, "waypost.allow-private-networks", privateNetworks));
    }

    private void subscribe(Api api, String url, Receiver receiver) {
        subscriptions.add(api.post("/v1/subscriptions", body(url, receiver))
                .expect(201)
                .json()
                .path("id")
                .textValue());
    }

    private static String body(String url, Receiver receiver) {
        return "{\"event\":\"order.created\",\"retry\":{\"schedule\":[]},\"url\":\"%s\"}"
                .formatted(url.formatted(receiver.port()));
    }

    private static String publish(Api api) {
        return api.post("/v1/events", "{\"type\":\"order.created\"}")
                .expect(202)
                .json()
                .at("/events/0/id")
                .textValue();
    }

    private static String errorOf(Api api, String event, String subscription) {
        var query = "/v1/deliveries?event=%s&subscription=%s&status=exhausted".formatted(event, subscription);
        await().atMost(Duration.ofSeconds(15))
                .until(() -> !deliveries(api, query).isEmpty());
        var id = deliveries(api, query).path(0).path("id").textValue();
        return api.get("/v1/deliveries/" + id)
                .expect(200)
                .json()
                .at("/attempts/0/error")
                .textValue();
    }

    private static JsonNode deliveries(Api api, String query) {
        return api.get(query).expect(200).json().path("data");
    }
}
