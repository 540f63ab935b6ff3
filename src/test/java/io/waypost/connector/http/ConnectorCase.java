package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.connector.Message;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * One way to use a connector, as {@code src/test/resources/connectors/NAME.yaml} tells it from the other side's
 * documentation: a config, the request that must arrive, and what each answer means. A file has one, or several under
 * {@code cases}.
 *
 * @param yaml the case, what all cases share included
 */
record ConnectorCase(String connector, String title, JsonNode yaml) {

    static final Path FOLDER = Path.of("connectors");

    private static final Path CASES = Path.of("src/test/resources/connectors");
    private static final String SUFFIX = ".kamelet.yaml";
    private static final YAMLMapper YAML = new YAMLMapper();

    /** An answer the fake gives, and what is to come of it. */
    record Played(int status, ObjectNode headers, String body, String outcome, Double seconds) {}

    /** The names of the connectors whose files declare a request. */
    static List<String> declared() {
        try (var files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(SUFFIX))
                    .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                    .filter(name -> hub(name).has("request") || hub(name).has("variants"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode file(String connector) {
        return read(FOLDER.resolve(connector + SUFFIX));
    }

    static JsonNode hub(String connector) {
        return file(connector).path("spec").path("x-waypost");
    }

    static boolean exists(String connector) {
        return Files.exists(CASES.resolve(connector + ".yaml"));
    }

    /** @throws AssertionError if the connector has no file of cases */
    static List<ConnectorCase> of(String connector) {
        var path = CASES.resolve(connector + ".yaml");
        if (!Files.exists(path)) {
            throw new AssertionError(
                    "connectors/%s%s has no test: write %s (see CONTRIBUTING.md)".formatted(connector, SUFFIX, path));
        }
        var yaml = (ObjectNode) read(path);
        if (!yaml.has("cases")) {
            return List.of(new ConnectorCase(connector, connector, yaml));
        }
        var cases = new ArrayList<ConnectorCase>();
        for (var one : yaml.path("cases")) {
            var whole = yaml.deepCopy();
            whole.remove("cases");
            whole.setAll((ObjectNode) one);
            cases.add(new ConnectorCase(
                    connector, connector + ", " + one.path("title").asText(), whole));
        }
        return cases;
    }

    /** The config, with the fake in the place of {@code {server}}. */
    ObjectNode config(String server) {
        return (ObjectNode) Json.read(Json.write(yaml.path("config")).replace("{server}", server));
    }

    /** The request that must arrive, with the event's id in the place of {@code {id}}. */
    JsonNode request() {
        return Json.read(Json.write(yaml.path("request")).replace("{id}", event().id()));
    }

    JsonNode check() {
        return yaml.path("check");
    }

    boolean reachesTheOtherSide(String field) {
        return !lists("notSent", field);
    }

    /** Whether the expression in the field must give an object. */
    boolean givesAnObject(String field) {
        return lists("objects", field);
    }

    /** Whether an event without an address in its data cannot be sent. */
    boolean needsAnAddress() {
        return yaml.path("needsAnAddress").asBoolean(false);
    }

    private boolean lists(String list, String field) {
        return StreamSupport.stream(yaml.path(list).spliterator(), false)
                .anyMatch(name -> name.asText().equals(field));
    }

    /** What a value of the field must begin with to be taken. */
    String prefix(String field) {
        return yaml.path("prefix").path(field).asText("");
    }

    Message message(ObjectNode config) {
        return ConnectorsUnderTest.message(connector, Json.write(config), event());
    }

    private Event event() {
        return ConnectorsUnderTest.event(Json.write(
                yaml.has("data")
                        ? yaml.path("data")
                        : Json.read("{\"email\":\"ana@example.com\",\"name\":\"Ana\",\"n\":3}")));
    }

    /** The answer to a request that is fine. */
    Played accepted() {
        return played(yaml.path("accepted"), yaml.path("accepted").path("body"), "Succeeded");
    }

    /** All answers; {@code each} stands for as many as it has entries, put into the body in the place of {@code %s}. */
    List<Played> answers() {
        return StreamSupport.stream(yaml.path("answers").spliterator(), false)
                .flatMap(answer -> answer.has("each")
                        ? StreamSupport.stream(answer.path("each").spliterator(), false)
                                .map(word -> played(answer, filled(answer.path("body"), word), outcome(answer)))
                        : Stream.of(played(answer, answer.path("body"), outcome(answer))))
                .toList();
    }

    static Played played(JsonNode answer, JsonNode body, String outcome) {
        var headers = answer.path("headers") instanceof ObjectNode given ? given : Json.object();
        return new Played(
                answer.path("status").asInt(),
                headers,
                body.isMissingNode() || body.isNull() ? "" : body.isTextual() ? body.textValue() : Json.write(body),
                outcome,
                answer.has("wait") ? answer.path("wait").asDouble() : null);
    }

    private static JsonNode filled(JsonNode body, JsonNode word) {
        if (body.isMissingNode()) {
            return word;
        }
        var text = Json.write(body);
        return Json.read(word.isNumber() ? text.replace("\"%s\"", word.asText()) : text.replace("%s", word.asText()));
    }

    private static String outcome(JsonNode answer) {
        return switch (answer.path("outcome").asText()) {
            case "succeeded" -> "Succeeded";
            case "retry" -> "Failed";
            case "throttle" -> "Throttled";
            case "permanent" -> "Rejected";
            case "deactivate" -> "Gone";
            case String other -> throw new AssertionError("outcome must not be '%s'".formatted(other));
        };
    }

    private static JsonNode read(Path path) {
        try {
            return YAML.readTree(path.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be read", e);
        }
    }

    @Override
    public String toString() {
        return title;
    }
}
