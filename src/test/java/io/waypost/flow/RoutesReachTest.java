package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.testing.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What flows reach, and what they do not, on a gateway that keeps to public addresses. */
class RoutesReachTest extends Flow {

    private static final EmbeddedActiveMQ BROKER = new EmbeddedActiveMQ();
    private static Gateway own;

    RoutesReachTest() {
        super(own);
    }

    @BeforeAll
    static void start() throws Exception {
        BROKER.setConfiguration(new ConfigurationImpl()
                .setPersistenceEnabled(false)
                .setSecurityEnabled(false)
                .addAcceptorConfiguration("vm", "vm://77"));
        BROKER.start();
        own = Gateway.with(Map.of(
                "waypost.routes-dir",
                directory(),
                "waypost.allow-private-networks",
                false,
                "waypost.flows.brokers.mq.url",
                "vm://77"));
    }

    private static Path directory() throws IOException {
        var directory = Files.createTempDirectory("routes");
        Files.writeString(directory.resolve("reach.camel.yaml"), """
                - route:
                    id: inside
                    from:
                      uri: waypost:reach.inside?retry=none
                      steps:
                        - to: http://127.0.0.1:1/x
                - route:
                    id: to-queue
                    from:
                      uri: waypost:reach.queued
                      steps:
                        - marshal: {json: {}}
                        - to: jms:queue:orders?connectionFactory=#mq
                - route:
                    id: from-queue
                    from:
                      uri: jms:queue:orders?connectionFactory=#mq
                      steps:
                        - setBody: {language: {language: jsonata, expression: '{"type":"reach.back","data":$length($)}'}}
                        - to: waypost:publish
                - route:
                    id: digits
                    from:
                      uri: waypost:reach.text
                      steps:
                        - setBody: {constant: '{"type":"reach.json","data":[1.10,18859015918863553]}'}
                        - unmarshal: {json: {}}
                        - to: waypost:publish
                - route:
                    id: back
                    from:
                      uri: waypost:reach.back
                      steps:
                        - to: mock:back
                """);
        return directory;
    }

    @AfterAll
    static void stop() throws Exception {
        own.close();
        BROKER.stop();
    }

    @Test
    void httpKeepsToTheAddressesOfWebhooks() {
        var delivery = admin("{\"type\":\"reach.inside\"}", "exhausted");

        assertThat(delivery.at("/attempts/0/error").textValue()).isEqualTo("address_blocked");
    }

    @Test
    void jsonThatIsReadKeepsItsDigits() {
        admin("{\"type\":\"reach.text\"}", "succeeded");

        var made = api.get("/v1/events?type=reach.json").json().path("data");
        assertThat(made.get(0).path("data").toString()).isEqualTo("[1.10,18859015918863553]");
    }

    @Test
    void aBrokerOfTheSettingsTakesAndGivesMessages() {
        admin("{\"type\":\"reach.queued\",\"data\":1}", "succeeded");

        org.awaitility.Awaitility.await()
                .atMost(SOON)
                .until(() -> gateway.admin()
                                .get("/v1/events?type=reach.back")
                                .json()
                                .path("data")
                                .size()
                        == 1);
    }

    private com.fasterxml.jackson.databind.JsonNode admin(String event, String status) {
        api = gateway.admin();
        return awaitDelivery(publish(event), status);
    }

    /** The subscriptions are the flows' own. */
    @Override
    @org.junit.jupiter.api.AfterEach
    protected void close() {
        receiver.close();
    }
}
