package io.waypost.seeds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import io.waypost.flow.Flow;
import io.waypost.platform.Json;
import io.waypost.testing.Delays;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Flows that ask other applications: one that is asked again and again, and several in a chain. */
class FlowChainSeedTest extends Flow {

    private static final Path POLL = Path.of("routes/examples/benchmark-poll.camel.yaml");
    private static final String EVENTS = "/api/contact/events";
    private static final int PAGE = 2;

    /** What the polled API has to tell, newest first. */
    private static final List<String> RECORDS = new CopyOnWriteArrayList<>();

    private static Receiver service;
    private static Gateway own;

    FlowChainSeedTest() {
        super(own);
    }

    @BeforeAll
    static void start() throws IOException {
        service = new Receiver().answers(FlowChainSeedTest::answer);
        var directory = Files.createTempDirectory("chains");
        var poll = Files.readString(POLL);
        Files.writeString(directory.resolve("poll.camel.yaml"), poll);
        Files.writeString(directory.resolve("twin.camel.yaml"), poll.replace("benchmark-poll", "another-nodes-poll"));
        Files.writeString(directory.resolve("welcome.camel.yaml"), WELCOME.replace("SERVICE", service.url("")));
        var properties = "waypost.flows.properties.benchmark-";
        own = Gateway.with(Map.of(
                "waypost.routes-dir",
                directory,
                properties + "api",
                service.url(""),
                properties + "key",
                "bme_us_k3y",
                properties + "size",
                PAGE,
                properties + "millis",
                100,
                properties + "pause",
                1));
    }

    /** What polls ends before what it publishes to, so that neither waits for the other. */
    @AfterAll
    static void stop() {
        var before = System.nanoTime();
        own.close();
        service.close();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Delays.PAUSE);
    }

    @Override
    @BeforeEach
    protected void open() {
        super.open();
        api = gateway.admin();
    }

    /** Some of the subscriptions are the flows' own. */
    @Override
    @AfterEach
    protected void close() {
        receiver.close();
    }

    @Test
    @DisplayName("B2: nobody polls but the gateway: what an API tells only to who asks is pushed, each once")
    void b2() {
        RECORDS.addAll(List.of(
                record("contact-updated", "the day before yesterday", "\"importId\":\"i0\""),
                record("email-skipped", "2026-03-01T10:04:00Z", "\"source\":\"campaign\""),
                record(
                        "email-bounced",
                        "2026-03-01T10:03:00Z",
                        "\"emailBounceType\":\"Permanent\",\"emailBounceDiagCode\":\"550 5.1.1\""),
                record(
                        "email-clicked",
                        "2026-03-01T10:02:00Z",
                        "\"emailLinkId\":\"l1\",\"emailTargetUrl\":\"https://example.com/a\""),
                record("email-opened", "2026-03-01T10:02:00Z", "\"emailSubject\":\"Hello\""),
                record("contact-unsubscribed", "2026-03-01T10:01:00Z", "\"emailLinkId\":null"),
                record("contact-created", "2026-03-01T10:01:00Z", "\"importId\":\"i1\"")));
        var subscription = create("{\"events\":[\"message.*\",\"subscriber.*\",\"benchmark.*\"],\"url\":\"%s\"}"
                .formatted(receiver.url()));

        awaitReceived(6);
        awaitLooks(5);
        assertThat(receiver.received()).hasSize(6);
        RECORDS.addFirst(record("email-opened", "2026-03-01T10:05:00Z", "\"emailSubject\":\"Hello\""));
        awaitReceived(7);
        awaitLooks(5);

        assertThat(receiver.received())
                .extracting(r -> body(r).path("type").textValue() + body(r).path("timestamp"))
                .containsExactlyInAnyOrder(
                        "subscriber.opted_in\"2026-03-01T10:01:00Z\"",
                        "subscriber.opted_out\"2026-03-01T10:01:00Z\"",
                        "message.opened\"2026-03-01T10:02:00Z\"",
                        "message.clicked\"2026-03-01T10:02:00Z\"",
                        "message.bounced\"2026-03-01T10:03:00Z\"",
                        "benchmark.email-skipped\"2026-03-01T10:04:00Z\"",
                        "message.opened\"2026-03-01T10:05:00Z\"");
        assertMapped();
        assertThat(service.received()).filteredOn(r -> r.path().equals(EVENTS)).allSatisfy(r -> {
            assertThat(r.method()).isEqualTo("GET");
            assertThat(r.header("X-API-Key")).isEqualTo("bme_us_k3y");
            assertThat(r.query()).matches("pastDays=1&size=2&page=\\d");
        });
        api.delete("/v1/subscriptions/" + subscription);
    }

    private void assertMapped() {
        assertThat(receiver.received()).allSatisfy(r -> {
            assertThat(body(r).at("/data/contact"))
                    .isEqualTo(Json.read("{\"id\":\"c1\",\"email\":\"ana@example.com\"}"));
            assertThat(body(r).at("/data/campaign")).isEqualTo(Json.read("{\"id\":\"m1\",\"name\":\"Spring\"}"));
            assertThat(body(r).at("/data/raw/contactId").textValue()).isEqualTo("c1");
        });
        assertThat(data("message.clicked").path("url").textValue()).isEqualTo("https://example.com/a");
        assertThat(data("message.opened").at("/message/subject").textValue()).isEqualTo("Hello");
        assertThat(data("message.bounced").path("hard").booleanValue()).isTrue();
        assertThat(data("message.bounced").path("detail").textValue()).isEqualTo("550 5.1.1");
    }

    @Test
    @DisplayName(
            "R8: an event starts a chain of several steps, each with what the one before it found; a failed chain is run again")
    void r8() {
        var told = subscribeTo("user.welcomed", receiver.url(), "");

        var event = publish("{\"type\":\"user.registered\",\"data\":{\"email\":\"ana@example.com\"}}");

        var attempts = awaitDelivery(event, "succeeded").path("attempts");
        assertThat(attempts).hasSize(2);
        assertThat(attempts.at("/0/statusCode").intValue()).isEqualTo(503);
        awaitReceived(1);
        assertThat(body(receiver.received().getFirst()).path("data"))
                .isEqualTo(Json.read("{\"contact\":\"C-7\",\"email\":\"ana@example.com\"}"));
        assertThat(service.received())
                .filteredOn(r -> !r.path().equals(EVENTS))
                .extracting(r -> r.path() + r.body())
                .containsExactly(
                        "/crm/contacts{\"email\":\"ana@example.com\"}",
                        "/crm/lists/newcomers{\"contact\":\"C-7\"}",
                        "/crm/contacts{\"email\":\"ana@example.com\"}",
                        "/crm/lists/newcomers{\"contact\":\"C-7\"}",
                        "/webhook/n8n{\"welcome\":\"C-7\"}");
        api.delete("/v1/subscriptions/" + told);
    }

    private static final String WELCOME = """
            - route:
                id: welcome
                from:
                  uri: waypost:user.registered
                  parameters: {retry: 50ms}
                  steps:
                    - setBody: {language: {language: jsonata, expression: '{"email": data.email}'}}
                    - to: SERVICE/crm/contacts?httpMethod=POST
                    - unmarshal: {json: {}}
                    - setVariable: {name: contact, language: {language: jsonata, expression: id}}
                    - removeHeaders: {pattern: "*"}
                    - setBody: {language: {language: jsonata, expression: '{"contact": $variables.contact}'}}
                    - to: SERVICE/crm/lists/newcomers?httpMethod=POST
                    - setBody:
                        language:
                          language: jsonata
                          expression: '{"type": "user.welcomed", "data": {"contact": $variables.contact, "email": $event.data.email}}'
                    - to:
                        uri: kamelet:n8n
                        parameters: {webhookUrl: SERVICE/webhook/n8n, body: '{"welcome": data.data.contact}'}
                    - to: waypost:publish
            """;

    /** The polled API is away at first, then answers garbage; the list of the chain takes nobody at first. */
    private static void answer(Receiver.Received request, HttpExchange exchange) throws IOException {
        var times = count(r -> r.path().equals(request.path()));
        var answer =
                switch (request.path()) {
                    case EVENTS ->
                        times < 3 ? Receiver.status(500) : Receiver.text(200, times < 5 ? "<html>" : page(request));
                    case "/crm/contacts" -> Receiver.text(201, "{\"id\":\"C-7\"}");
                    case "/crm/lists/newcomers" -> Receiver.status(times == 1 ? 503 : 204);
                    default -> Receiver.text(200, "{\"message\":\"Workflow was started\"}");
                };
        answer.to(request, exchange);
    }

    private static String page(Receiver.Received request) {
        var all = List.copyOf(RECORDS);
        var from = Math.min(all.size(), PAGE * (Integer.parseInt(request.query().replaceFirst(".*&page=", "")) - 1));
        return "{\"records\":%s,\"total\":%d}"
                .formatted(all.subList(from, Math.min(all.size(), from + PAGE)), all.size());
    }

    private static String record(String type, String time, String more) {
        return "{\"type\":\"%s\",\"contactId\":\"c1\",\"emailTo\":\"ana@example.com\",\"emailCampaignId\":\"m1\",\"emailCampaignName\":\"Spring\",\"timestamp\":\"%s\",%s}"
                .formatted(type, time, more);
    }

    /** Each of the two that poll has begun anew, and so has read all that there was before. */
    private static void awaitLooks(int count) {
        var before = looks();
        await().atMost(SOON).until(() -> looks() >= before + count);
    }

    private static long looks() {
        return count(r -> r.path().equals(EVENTS) && r.query().endsWith("&page=1"));
    }

    private static long count(Predicate<Receiver.Received> which) {
        return service.received().stream().filter(which).count();
    }

    private JsonNode data(String type) {
        return receiver.received().stream()
                .map(Flow::body)
                .filter(event -> event.path("type").textValue().equals(type))
                .findFirst()
                .orElseThrow()
                .path("data");
    }
}
