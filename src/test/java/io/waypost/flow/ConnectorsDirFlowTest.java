package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.platform.Json;
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
    void whatAFileAuthenticatesWithIsSecretMarkedOrNot() throws IOException {
        var auths = Map.of(
                "bearer", "{kind: bearer, value: '{key}'}",
                "header", "{kind: header, header: X-Key, value: 'k {key}'}",
                "basic", "{kind: basic, value: '{user}:{key}'}",
                "key-as-user", "{kind: basic, value: '{key}:'}",
                "granted",
                        "{kind: oauth2ClientCredentials, clientId: '{user}', clientSecret: '{key}', tokenUrl: '{url}'}",
                "in-url", "{kind: url}");
        for (var auth : auths.entrySet()) {
            var name = "auth-" + auth.getKey();
            Files.writeString(DIRECTORY.resolve(name + ".kamelet.yaml"), """
                    kind: Kamelet
                    metadata: {name: %s}
                    spec:
                      definition:
                        type: object
                        properties: {url: {type: string}, key: {type: string}, user: {type: string}, note: {type: string}}
                      x-waypost:
                        auth: %s
                        request: {url: "{url}/notes%s", body: '{"note": type}'}
                    """.formatted(
                            name, auth.getValue(), auth.getKey().equals("in-url") ? "/{key}" : ""));
        }
        for (var auth : auths.keySet()) {
            var name = "auth-" + auth;
            await().atMost(SOON).until(() -> api.get("/v1/connectors/" + name).status() == 200);
            assertThat(api.get("/v1/connectors/" + name).json().path("error").asText())
                    .isEmpty();
            var id = create(
                    "{\"event\":\"never.happens\",\"connector\":\"%s\",\"config\":{\"url\":\"%s\",\"key\":\"s3cret\",\"user\":\"me\",\"note\":\"n\"}}"
                            .formatted(name, receiver.url("")));

            assertThat(subscription(id).path("config"))
                    .as(auth)
                    .isEqualTo(Json.read("{\"url\":\"%s\",\"key\":\"***\",\"user\":\"me\",\"note\":\"n\"}"
                            .formatted(receiver.url(""))));
            assertThat(api.patch(
                                    "/v1/subscriptions/" + id,
                                    "{\"config\":{\"url\":\"%s\",\"key\":\"***\"}}".formatted(receiver.url("/x")))
                            .expect(422)
                            .text())
                    .as(auth)
                    .contains("/config/key", "given again");
            api.patch("/v1/subscriptions/" + id, "{\"config\":{\"note\":\"m\",\"key\":\"***\"}}")
                    .expect(200);
        }
    }

    @Test
    void whatWasSecretInAFileIsNotShownWhenTheFileCallsItSoNoLonger() throws IOException {
        var file = DIRECTORY.resolve("pin.kamelet.yaml");
        var marked = """
                kind: Kamelet
                metadata: {name: pin}
                spec:
                  definition:
                    title: Marked
                    type: object
                    properties: {url: {type: string}, pin: {type: string, format: password}}
                  x-waypost: {request: {url: "{url}", body: '{"pin": $config.pin}'}}
                """;
        var lost = marked.replace(", format: password", "").replace("Marked", "Lost");
        Files.writeString(file, marked);
        var data = Files.createTempDirectory("data");
        String id;
        try (var first = Gateway.with(Map.of("waypost.connectors-dir", DIRECTORY, "waypost.data-dir", data))) {
            id = first.admin()
                    .post(
                            "/v1/subscriptions",
                            "{\"event\":\"never.happens\",\"connector\":\"pin\",\"config\":{\"url\":\"%s\",\"pin\":\"1234\"}}"
                                    .formatted(receiver.url()))
                    .expect(201)
                    .json()
                    .path("id")
                    .textValue();
            Files.writeString(file, lost);
            await().atMost(SOON)
                    .until(() -> first.admin().get("/v1/connectors/pin").text().contains("Lost"));

            assertThat(shown(first, id)).isEqualTo("***");
            Files.delete(file);
            await().atMost(SOON)
                    .until(() -> first.admin().get("/v1/connectors/pin").status() == 404);
            assertThat(shown(first, id)).isEqualTo("***");
            Files.writeString(file, lost);
        }
        try (var second = Gateway.with(Map.of("waypost.connectors-dir", DIRECTORY, "waypost.data-dir", data))) {
            assertThat(second.admin().get("/v1/connectors/pin").text()).contains("Lost");
            assertThat(shown(second, id)).isEqualTo("***");
        }
        Files.delete(file);
    }

    private static String shown(Gateway gateway, String id) {
        return gateway.admin()
                .get("/v1/subscriptions/" + id)
                .expect(200)
                .json()
                .at("/config/pin")
                .textValue();
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
