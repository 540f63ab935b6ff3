package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The users' own flows while the gateway runs: files come, change, break and go. */
class RoutesFlowTest extends Flow {

    private static final Path DIRECTORY = directory();
    private static final Gateway GATEWAY =
            Gateway.with(Map.of("waypost.routes-dir", DIRECTORY, "waypost.delivery.jitter", 0));

    RoutesFlowTest() {
        super(GATEWAY);
    }

    private static Path directory() {
        try {
            return Files.createTempDirectory("routes");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void stop() {
        GATEWAY.close();
    }

    @Override
    @BeforeEach
    protected void open() {
        super.open();
        api = gateway.admin();
    }

    @AfterEach
    void clear() throws IOException {
        try (var files = Files.list(DIRECTORY)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        await().atMost(SOON).until(() -> routes().isEmpty());
    }

    @Test
    void aFileIsASubscriptionWithinSecondsAndItsRouteGetsWhatItAsksFor() throws IOException {
        write("opens", flow("opens", "{\"data\":{\"list\":[\"a\"]}}", "/opens"));
        awaitStarted("opens");

        publish("{\"type\":\"message.opened\",\"data\":{\"list\":\"b\"}}");
        var wanted = publish(
                "{\"type\":\"message.opened\",\"data\":{\"list\":\"a\",\"MessageID\":18859015918863553,\"price\":1.10}}");

        awaitDelivery(wanted, "succeeded");
        assertThat(receiver.received()).singleElement().satisfies(r -> {
            assertThat(r.path()).isEqualTo("/opens");
            assertThat(r.header("content-type")).startsWith("application/json");
            assertThat(body(r).at("/data/MessageID").asText()).isEqualTo("18859015918863553");
            assertThat(body(r).at("/data/price").asText()).isEqualTo("1.10");
            assertThat(body(r).path("id").textValue()).isEqualTo(wanted);
        });
        var subscription = subscription(route("opens").path("subscription").textValue());
        assertThat(subscription.path("app").textValue()).isEqualTo("routes");
        assertThat(subscription.path("name").textValue()).isEqualTo("opens");
    }

    @Test
    void aFileThatChangesIsReplacedAloneAndKeepsItsSubscription() throws IOException {
        write("one", flow("one", "{\"data\":{\"to\":[1]}}", "/one"));
        write("two", flow("two", "{\"data\":{\"to\":[2]}}", "/two"));
        awaitStarted("one");
        awaitStarted("two");
        var before = route("one").path("subscription").textValue();

        write("one", flow("one", "{\"data\":{\"for\":[1]}}", "/changed"));
        await().atMost(SOON).until(() -> subscription(before).toString().contains("for"));

        assertThat(subscription(before).path("filter").toString()).isEqualTo("{\"data\":{\"for\":[1]}}");
        assertThat(route("one").path("subscription").textValue()).isEqualTo(before);
        awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"for\":1}}"), "succeeded");
        awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"to\":2}}"), "succeeded");
        assertThat(receiver.received()).extracting(r -> r.path()).containsExactly("/changed", "/two");
    }

    @Test
    void aMistakeIsNamedWithItsLineAndWhatRanGoesOn() throws IOException {
        write("opens", flow("opens", "{\"data\":{\"n\":[1]}}", "/before"));
        awaitStarted("opens");

        write("opens", flow("opens", "{\"data\":{\"n\":[1]}}", "/after").replace("- to:", "- toD:"));
        awaitError("opens", "line 10: toD is not allowed");
        write("opens", flow("opens", "{\"data\":{\"n\":[1]}}", "/after").replace("setVariable", "setVariabel"));
        awaitError("opens", "line 9: setVariabel is not known");
        write("opens", flow("opens", "{\"data\":{\"n\":7}}", "/after"));
        awaitError("opens", "line 4: filter is no EventBridge event pattern");
        assertThat(route("opens").path("state").textValue()).isEqualTo("started");
        assertThat(route("opens").path("error").textValue()).contains("go on as they were before");
        var health = gateway.admin().get("/actuator/health").json().at("/components/routes/details");
        assertThat(health.path("opens.camel.yaml").textValue()).contains("line 4");
        awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"n\":1}}"), "succeeded");

        write("opens", flow("opens", "{\"data\":{\"n\":[1]}}", "/after"));
        await().atMost(SOON).until(() -> route("opens").path("error").isNull());
        awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"n\":1}}"), "succeeded");

        assertThat(receiver.received()).extracting(r -> r.path()).containsExactly("/before", "/after");
    }

    @Test
    void whatComesWhileAFileIsGoneIsKeptAndSentWhenItIsBack() throws IOException {
        var text = flow("opens", "{\"data\":{\"n\":[1]}}", "/opens");
        write("opens", text);
        awaitStarted("opens");
        var id = route("opens").path("subscription").textValue();

        Files.delete(DIRECTORY.resolve("opens.camel.yaml"));
        awaitState(id, "paused");
        assertThat(routes()).isEmpty();
        assertThat(subscription(id).at("/deactivation/reason").textValue()).isEqualTo("route_gone");
        publish("{\"type\":\"message.opened\",\"data\":{\"n\":1}}");
        awaitBuffered(id, 1);

        write("opens", text);
        awaitReceived(1);
        awaitState(id, "active");
        assertThat(route("opens").path("subscription").textValue()).isEqualTo(id);
    }

    @Test
    void aFailingStepIsARetriedDeliveryAndOneRunIsOneAttempt() throws IOException {
        write("opens", flow("opens", "{\"data\":{\"n\":[1]}}", "/opens"));
        awaitStarted("opens");
        answersInTurn(500, 503, 204);

        var delivery = awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"n\":1}}"), "succeeded");

        assertThat(receiver.received()).hasSize(3);
        assertThat(delivery.path("attempts"))
                .extracting(a -> a.path("outcome").textValue()
                        + a.path("statusCode")
                        + a.path("error").textValue())
                .containsExactly("failed500http_status", "failed503http_status", "succeedednullnull");
    }

    @Test
    void whatAFlowPublishesIsAnEventOfItsOwnOnceAlsoWhenItsRunFailsAndAgain() throws IOException {
        write("publishing", publishing("{ \"type\": \"opened.again\", \"data\": data.n }"));
        awaitStarted("publishing");
        answersInTurn(500, 204);

        awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"n\":1}}"), "succeeded");

        var made = api.get("/v1/events?type=opened.again").json().path("data");
        assertThat(made).hasSize(1);
        assertThat(made.get(0).path("source").textValue()).isEqualTo("/routes/publishing");
        assertThat(made.get(0).path("data").intValue()).isEqualTo(1);
    }

    @Test
    void aRouteThatIsNotToStartIsStoppedAndSubscribesToNothing() throws IOException {
        write(
                "off",
                flow("off", "{\"data\":{\"n\":[1]}}", "/off").replace("id: off", "id: off\n    autoStartup: false"));

        awaitField("off", "state", "stopped");
        assertThat(route("off").path("subscription").isNull()).isTrue();
    }

    @Test
    void anEventThatIsRefusedFailsTheRun() throws IOException {
        write("publishing", publishing("{ \"type\": \"not a type\" }"));
        awaitStarted("publishing");

        var delivery = awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"n\":1}}"), "exhausted");

        assertThat(delivery.at("/attempts/0/error").textValue()).isEqualTo("connector_failed");
        assertThat(delivery.at("/attempts/0/detail").textValue()).contains("/type must be");
    }

    @Test
    void aFlowHasNeitherTheNamesNorTheRoutesOfThePipeline() throws IOException {
        write("deliver", flow("mine", "{\"data\":{\"n\":[1]}}", "/x"));
        awaitError("mine", "deliver.camel.yaml is the name of a file of the pipeline");
        write("thief", flow("deliver", "{\"data\":{\"n\":[1]}}", "/x"));
        awaitError("deliver", "line 1: the id deliver is one of the pipeline's");
        write("direct", """
                - route:
                    id: reaching
                    from:
                      uri: waypost:message.opened?retry=none
                      steps:
                        - to: direct:publish
                """);
        awaitStarted("reaching");

        var delivery = awaitDelivery(publish("{\"type\":\"message.opened\",\"data\":{\"n\":1}}"), "exhausted");

        assertThat(delivery.at("/attempts/0/detail").textValue()).contains("No consumers available");
    }

    @Test
    void theConnectorOfFlowsIsNobodyElsesAndItsSubscriptionCanBeTuned() throws IOException {
        write("opens", flow("opens", "{\"data\":{\"n\":[1]}}", "/opens"));
        awaitStarted("opens");
        var path = "/v1/subscriptions/" + route("opens").path("subscription").textValue();

        api.post("/v1/subscriptions", "{\"event\":\"a.b\",\"connector\":\"route\",\"config\":{\"route\":\"opens\"}}")
                .expect(422);
        assertThat(api.get("/v1/connectors").text()).doesNotContain("\"route\"");
        api.patch(path, "{\"config\":{\"route\":\"other\"}}").expect(422);
        api.patch(path, "{\"replayBuffer\":{\"window\":\"2d\"}}").expect(200);
        assertThat(api.get(path).json().at("/config/route").textValue()).isEqualTo("opens");
    }

    /** Requests of one flow are all alike. */
    private void answersInTurn(int... statuses) {
        var turn = new AtomicInteger();
        receiver.answers(
                (request, exchange) -> Receiver.status(statuses[Math.min(turn.getAndIncrement(), statuses.length - 1)])
                        .to(request, exchange));
    }

    private static String publishing(String event) {
        return """
                - route:
                    id: publishing
                    from:
                      uri: waypost:message.opened?retry=100ms
                      steps:
                        - setBody:
                            language: {language: jsonata, expression: '%s'}
                        - to: waypost:publish
                        - setBody: {constant: x}
                        - to: RECEIVER
                """.formatted(event);
    }

    private JsonNode route(String id) {
        for (var route : routes()) {
            if (id.equals(route.path("id").textValue())) {
                return route;
            }
        }
        throw new AssertionError("no route " + id);
    }

    private JsonNode routes() {
        return api.get("/v1/routes").expect(200).json().path("data");
    }

    private void awaitStarted(String id) {
        awaitField(id, "state", "started");
    }

    private void awaitError(String id, String error) {
        awaitField(id, "error", error);
    }

    private void awaitField(String id, String field, String text) {
        await().atMost(SOON).ignoreExceptions().untilAsserted(() -> assertThat(
                        route(id).path(field).textValue())
                .contains(text));
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(DIRECTORY.resolve(file + ".camel.yaml"), text.replace("RECEIVER", receiver.url("/last")));
    }

    private String flow(String id, String filter, String path) {
        return """
                - route:
                    id: %s
                    from:
                      uri: waypost:message.opened
                      parameters:
                        filter: '%s'
                        retry: 250ms,250ms
                      steps:
                        - setVariable: {name: id, simple: "${body[id]}"}
                        - to: %s
                """.formatted(id, filter, receiver.url(path));
    }
}
