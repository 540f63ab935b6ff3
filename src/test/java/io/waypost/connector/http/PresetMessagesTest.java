package io.waypost.connector.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.pool.Shape;
import io.waypost.event.Event;
import io.waypost.event.summary.Summaries;
import io.waypost.platform.Json;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What each connector makes of each event type of the catalogue with nothing set but where to send. What people read says in
 * a sentence what happened; what programs read is the event with all its data.
 */
class PresetMessagesTest {

    private static final Set<String> FOR_PROGRAMS = Set.of(
            "amqp",
            "elasticsearch",
            "file",
            "github-dispatch",
            "http",
            "jms",
            "kafka",
            "make",
            "n8n",
            "s3",
            "splunk-hec",
            "webhook",
            "zapier");

    /** They keep people, and an event that is about nobody cannot be sent there. */
    private static final Set<String> FOR_CONTACTS = Set.of("hubspot-contact", "mailchimp-member");

    /** Its statement and what it writes are the user's alone. */
    private static final Set<String> WITHOUT_PRESET = Set.of("sql");

    private static final String URL = "https://example.com";

    private static ConnectorsUnderTest connectors;
    private static Map<String, JsonNode> examples;

    @BeforeAll
    static void start() throws IOException {
        connectors = ConnectorsUnderTest.onLoopback();
        examples = new TreeMap<>();
        try (var file = PresetMessagesTest.class.getResourceAsStream("/event-types/catalogue.yaml")) {
            new YAMLMapper()
                    .readTree(file)
                    .required("types")
                    .forEach(type -> examples.put(type.required("name").textValue(), type.required("example")));
        }
    }

    @AfterAll
    static void stop() {
        connectors.close();
    }

    @TestFactory
    Stream<DynamicTest> everyConnectorTellsEveryType() throws IOException {
        try (var files = Files.list(ConnectorCase.FOLDER)) {
            return files
                    .map(file -> file.getFileName().toString().replace(".kamelet.yaml", ""))
                    .filter(name -> !WITHOUT_PRESET.contains(name))
                    .sorted()
                    .toList()
                    .stream()
                    .map(name -> dynamicTest(name, () -> examples.forEach((type, data) -> told(name, type, data))));
        }
    }

    private static void told(String name, String type, JsonNode data) {
        var event = new Event(
                7,
                ConnectorsUnderTest.NOW,
                "default",
                type,
                "/crm",
                null,
                null,
                ConnectorsUnderTest.NOW,
                false,
                null,
                Json.write(data),
                false);
        if (FOR_CONTACTS.contains(name)) {
            contact(name, event, data);
            return;
        }
        var sent = sent(name, event);
        var texts = texts(sent);
        assertThat(texts).as("%s of %s", name, type).isNotEmpty().noneMatch(PresetMessagesTest::isBroken);
        if (FOR_PROGRAMS.contains(name)) {
            assertThat(holds(sent, data)).as("%s of %s: %s", name, type, sent).isTrue();
        } else {
            var sentence = Summaries.shipped().of(event.toJson());
            assertThat(sentence).as("the sentence of %s", type).doesNotContain(type);
            assertThat(String.join("\n", texts)).as("%s of %s", name, type).contains(sentence);
        }
    }

    private static void contact(String name, Event event, JsonNode data) {
        var email = Stream.of("/contact/email", "/user/email")
                .map(place -> data.at(place).asText())
                .filter(found -> !found.isEmpty())
                .findFirst();
        if (email.isPresent()) {
            assertThat(texts(sent(name, event))).contains(email.get());
        } else {
            assertThatThrownBy(() -> sent(name, event))
                    .isInstanceOf(ExpressionFailed.class)
                    .hasMessageContaining("no address where the field email looks for it");
        }
    }

    /** What leaves for the other side: of a request its body, of a client's message the values of the preset expressions. */
    private static JsonNode sent(String name, Event event) {
        var connector = connectors.connector(name);
        var config = config(name);
        var schema = connector.description().schema();
        schema.path("properties").properties().forEach(property -> {
            if (isExpression(property.getValue())) {
                config.remove(property.getKey());
            }
        });
        schema.path("required").forEach(field -> {
            if (isExpression(schema.path("properties").path(field.textValue()))) {
                config.put(field.textValue(), "\"ana@example.com\"");
            }
        });
        var request = connector.prepare(ConnectorsUnderTest.message(name, Json.write(config), event));
        return request == null ? values(connector, event) : body(request);
    }

    private static ObjectNode config(String name) {
        if (ConnectorCase.exists(name)) {
            return ConnectorCase.of(name).getFirst().config(URL);
        }
        return name.equals("s3")
                ? Json.object()
                        .put("region", "eu-west-1")
                        .put("bucket", "b")
                        .put("accessKey", "a")
                        .put("secretKey", "s")
                : Json.object().put("url", URL);
    }

    private static JsonNode values(Connector connector, Event event) {
        var schema = connector.description().schema();
        var input = new Shape(schema, connectors.get(Expressions.class))
                .of(ConnectorsUnderTest.message(connector.description().name(), "{}", event));
        var values = Json.object();
        schema.path("properties").properties().stream()
                .filter(property -> isPreset(property.getValue()))
                .forEach(property -> values.set(property.getKey(), input.value(property.getKey())));
        return values;
    }

    private static boolean isPreset(JsonNode property) {
        return isExpression(property) && property.has("default");
    }

    private static boolean isExpression(JsonNode property) {
        return property.path("format").asText().equals("jsonata");
    }

    private static JsonNode body(Connector.PreparedRequest request) {
        var body = request.body();
        if (body.startsWith("{") || body.startsWith("[")) {
            return Json.read(body.strip());
        }
        var form = Json.object();
        for (var pair : body.split("&")) {
            var parts = pair.split("=", 2);
            form.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
        }
        return form;
    }

    /** Every text in it, as it will look: without what keeps the other side from reading signs as commands. */
    private static List<String> texts(JsonNode node) {
        var found = new ArrayList<String>();
        if (node.isValueNode()) {
            found.add(node.asText()
                    .replace("\u200b", "")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&"));
        }
        node.forEach(inner -> found.addAll(texts(inner)));
        return found;
    }

    private static boolean isBroken(String text) {
        return text.isBlank() || text.matches("(?s).*\\b(null|undefined)\\b.*") || text.matches("(?s).*: (\n.*|$)");
    }

    private static boolean holds(JsonNode sent, JsonNode data) {
        return sent.equals(data) || sent.findValues("data").contains(data);
    }
}
