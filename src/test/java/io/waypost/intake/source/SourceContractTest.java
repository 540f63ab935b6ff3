package io.waypost.intake.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.schema.EventSchema;
import io.waypost.platform.Json;
import io.waypost.testing.Api;
import io.waypost.testing.Gateway;
import io.waypost.testing.Receiver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What holds of every inbound source. The tests are read from the folders: a new route file and its samples have them
 * without any Java, and without a sample it fails.
 */
class SourceContractTest {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Gateway GATEWAY = Gateway.shared();

    private static Api api;
    private static Receiver receiver;

    @BeforeAll
    static void subscribe() {
        api = GATEWAY.tenant();
        receiver = new Receiver();
        api.post("/v1/subscriptions", "{\"event\":\"**\",\"url\":\"%s\"}".formatted(receiver.url()))
                .expect(201);
    }

    @AfterAll
    static void close() {
        for (var subscription : api.get("/v1/subscriptions").json().path("data")) {
            api.delete("/v1/subscriptions/" + subscription.path("id").textValue());
        }
        receiver.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRouteFileIsASourceWithSamples() {
        return SourceSample.kinds().stream()
                .map(kind -> dynamicTest(kind, () -> {
                    assertThat(GATEWAY.bean(SourceKinds.class).names()).contains(kind);
                    assertThat(SourceSample.of(kind)).as("samples").isNotEmpty();
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatTheVendorPostsReachesASubscriberAsEvents() {
        return SourceSample.all().map(sample -> dynamicTest(sample.toString(), () -> play(sample)));
    }

    @Test
    void everyPayloadOfTheFixturesIsASample() throws IOException {
        var played = SourceSample.all().map(SourceSample::fixture).toList();
        try (var files = Files.walk(Path.of("src/test/resources/fixtures"))) {
            var payloads = files.map(file -> file.toString().replace("src/test/resources/fixtures/", ""))
                    .filter(file -> file.endsWith(".json") || file.endsWith(".form.txt") || file.endsWith(".query.txt"))
                    .filter(file -> !file.startsWith("api/") && !file.contains(".request."))
                    // Posted in the form they have below wire/.
                    .filter(file -> !file.startsWith("benchmark.") && !file.startsWith("getresponse.callback."))
                    .toList();
            assertThat(payloads).hasSizeGreaterThan(20);
            assertThat(played).containsAll(payloads);
        }
    }

    private static void play(SourceSample sample) {
        var source = source(sample);
        var url = source.path("url").textValue();
        var id = source.path("id").textValue();

        var before = Instant.now();
        assertThat(sample.post(api.with(null), url).expect(200).json()).isEqualTo(Json.read("{\"status\":\"OK\"}"));

        var events = events(id);
        assertThat(events).as("events").hasSameSizeAs(sample.events());
        for (int i = 0; i < events.size(); i++) {
            check(events.get(i), sample.events().get(i), before);
            assertThat(events.get(i).path("source").textValue()).isEqualTo("/sources/" + sample.kind() + "/" + id);
        }
        assertThat(raw(events)).isEqualTo(posted(sample, events.size()));
        for (var event : events) {
            arrives(event);
        }

        sample.post(api.with(null), url).expect(200);
        assertThat(events(id)).hasSize(sample.becomesNewEventsAgain() ? 2 * events.size() : events.size());
        assertThat(api.get("/v1/sources/" + id + "/rejected").json().path("data"))
                .isEmpty();
    }

    private static JsonNode source(SourceSample sample) {
        var body = Json.object().put("source", sample.kind());
        if (sample.settings().isObject()) {
            body.set("settings", sample.settings());
        }
        return api.post("/v1/sources", Json.write(body)).expect(201).json();
    }

    private static void check(JsonNode event, JsonNode expected, Instant before) {
        var data = ((ObjectNode) event.path("data")).deepCopy().without("raw");
        assertThat(event.path("type").textValue())
                .isEqualTo(expected.path("type").textValue());
        assertThat((JsonNode) data).isEqualTo(expected.path("data"));
        assertThat(event.path("test").booleanValue())
                .isEqualTo(expected.path("test").booleanValue());
        if (expected.has("id")) {
            assertThat(event.path("sourceId").textValue())
                    .isEqualTo(expected.path("id").textValue());
        }
        if (expected.has("time")) {
            assertThat(event.path("time").textValue())
                    .isEqualTo(expected.path("time").textValue());
        } else {
            assertThat(Instant.parse(event.path("time").textValue())).isAfterOrEqualTo(before);
        }
        assertThat(catalogued(event)).as("by the schema of its type").isEmpty();
    }

    private static List<?> catalogued(JsonNode event) {
        var type = api.get("/v1/event-types/" + event.path("type").textValue());
        if (type.status() == 404 || event.path("test").booleanValue()) {
            return List.of();
        }
        return EventSchema.of(type.json().path("schema")).violations(event.path("data"), "");
    }

    private static List<String> raw(List<JsonNode> events) {
        return events.stream().map(event -> Json.write(event.at("/data/raw"))).toList();
    }

    /** What {@code raw} of each event must be, digit for digit. */
    private static List<String> posted(SourceSample sample, int events) {
        var body = sample.body();
        var form = sample.file().has("get") || body.matches("(?s)[\\w%]+=.*");
        if (form && !body.startsWith("payload=")) {
            return List.of(Json.write(Parameters.object(Parameters.of(body))));
        }
        var json = Json.read((form ? Parameters.of(body).getFirst().value() : body).getBytes(StandardCharsets.UTF_8));
        if (json.isArray() && json.get(0).isObject()) {
            var elements = new ArrayList<String>();
            json.forEach(element -> elements.add(Json.write(element)));
            return elements;
        }
        // One post may be about several people.
        return Stream.generate(() -> Json.write(json)).limit(events).toList();
    }

    private static void arrives(JsonNode event) {
        await().atMost(SOON).untilAsserted(() -> assertThat(receiver.received())
                .filteredOn(request -> request.id().equals(event.path("id").textValue()))
                .hasSize(1)
                .allSatisfy(request ->
                        assertThat(Json.read(request.body()).path("data")).isEqualTo(event.path("data"))));
    }

    /** Oldest first. */
    private static List<JsonNode> events(String source) {
        var events = new ArrayList<JsonNode>();
        for (var event : api.get("/v1/events?limit=250").expect(200).json().path("data")) {
            if (event.path("source").textValue().endsWith("/" + source)) {
                events.addFirst(event);
            }
        }
        return events;
    }
}
