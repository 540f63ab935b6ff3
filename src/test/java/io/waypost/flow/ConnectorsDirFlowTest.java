package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The user's directory of connectors while the gateway runs. */
class ConnectorsDirFlowTest extends Flow {

    private static final String ACME = """
            kind: Kamelet
            metadata: {name: acme}
            spec:
              definition:
                title: Acme
                type: object
                required: [url]
                properties:
                  url: {title: Server, type: string}
              x-waypost:
                request: {url: "{url}/notes", body: '{"note": type}'}
            """;

    private static final Path DIRECTORY = directory();
    private static final Gateway GATEWAY = Gateway.with(Map.of("waypost.connectors-dir", DIRECTORY));

    ConnectorsDirFlowTest() {
        super(GATEWAY);
    }

    private static Path directory() {
        try {
            var directory = Files.createTempDirectory("connectors");
            Files.writeString(directory.resolve("bad.kamelet.yaml"), "spec: [\n  unclosed");
            return directory;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void stop() {
        GATEWAY.close();
    }

    @Test
    void aFileIsAConnectorWithinSecondsAndGoneWithTheFile() throws IOException {
        var file = DIRECTORY.resolve("acme.kamelet.yaml");
        var body =
                "{\"event\":\"order.created\",\"connector\":\"acme\",\"config\":{\"url\":\"%s\"},\"retry\":{\"schedule\":[]}}"
                        .formatted(receiver.url(""));
        api.post("/v1/subscriptions", body).expect(422);

        Files.writeString(file, ACME);
        await().atMost(SOON).until(() -> api.get("/v1/connectors/acme").status() == 200);
        create(body);
        awaitDelivery(publish(1), "succeeded");

        assertThat(receiver.received()).singleElement().satisfies(r -> assertThat(r.path() + r.body())
                .isEqualTo("/notes{\"note\":\"order.created\"}"));

        Files.delete(file);
        await().atMost(SOON).until(() -> api.get("/v1/connectors/acme").status() == 404);

        var delivery = awaitDelivery(publish(2), "exhausted");
        assertThat(delivery.at("/attempts/0/error").textValue()).isEqualTo("connector_failed");
        assertThat(delivery.at("/attempts/0/detail").textValue()).contains("connector acme is not available");
    }

    @Test
    void aBrokenFileIsNamedInTheListAndInHealthAndTheRestGoesOn() {
        var listed = api.get("/v1/connectors/bad").expect(200).json();
        assertThat(listed.path("state").textValue()).isEqualTo("failed");
        assertThat(listed.path("error").textValue()).contains("line 2");

        var health = gateway.admin().get("/actuator/health").expect(200).json();
        assertThat(health.path("status").textValue()).isEqualTo("UP");
        assertThat(health.at("/components/connectors/details/bad").textValue()).contains("line 2");

        assertThat(api.get("/v1/connectors/slack")
                        .expect(200)
                        .json()
                        .path("state")
                        .textValue())
                .isEqualTo("ready");
    }
}
