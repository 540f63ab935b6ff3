package io.waypost.connector.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.ConnectorsUnderTest;
import io.waypost.platform.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** {@code docs/connectors.md} says what the files in {@code connectors/} say. */
class ConnectorDocsTest {

    private static final Path PAGE = Path.of("docs/connectors.md");
    private static final String RENEW = "mvn test -Dtest=ConnectorDocsTest -Dwaypost.docs=write";

    @Test
    void thePageIsWrittenFromTheFiles() throws IOException {
        var page = page();
        if ("write".equals(System.getProperty("waypost.docs"))) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).as("renew it with: " + RENEW).exists();
        assertThat(Files.readString(PAGE))
                .as(PAGE + " is out of date; renew it with: " + RENEW)
                .isEqualTo(page);
    }

    private static String page() throws IOException {
        try (var all = ConnectorsUnderTest.onLoopback()) {
            var connectors = new ArrayList<ConnectorDescription>();
            try (var files = Files.list(ConnectorCase.FOLDER)) {
                files.map(file -> file.getFileName().toString().replace(".kamelet.yaml", ""))
                        .sorted()
                        .map(all::connector)
                        .map(Connector::description)
                        .forEach(connectors::add);
            }
            return head(connectors)
                    + connectors.stream().map(ConnectorDocsTest::section).collect(Collectors.joining("\n"));
        }
    }

    private static String head(List<ConnectorDescription> connectors) {
        return """
                # Connectors

                Written from the files in `connectors/` by `ConnectorDocsTest`; change those, not this page. How to add one is in
                `CONTRIBUTING.md`.

                Fields of the kind *expression* are [JSONata over the event](expressions.md). Secret fields are stored encrypted and never shown again.

                | name | connector | what it does |
                | --- | --- | --- |
                %s
                """.formatted(connectors.stream()
                .map(c ->
                        "| [`%1$s`](#%2$s) | %3$s | %4$s |".formatted(c.name(), anchor(c), c.title(), c.description()))
                .collect(Collectors.joining("\n")));
    }

    private static String section(ConnectorDescription connector) {
        var hub = connector.hub();
        var text = new StringBuilder("\n## %s\n\n%s Its name is `%s`.\n"
                .formatted(connector.title(), connector.description(), connector.name()));
        text.append('\n').append(hub.path("docs").asText().strip()).append('\n');
        text.append("\n| field | | what it is |\n| --- | --- | --- |\n");
        connector
                .schema()
                .path("properties")
                .properties()
                .forEach(field -> text.append(field(field.getKey(), field.getValue(), connector)));
        if (connector.perSecond() != null) {
            text.append("\nAt most %s a second unless the subscription says otherwise.\n"
                    .formatted(number(connector.perSecond())));
        }
        if (hub.has("check") || hub.path("variants").findParent("check") != null) {
            text.append("\nThe check tries the credentials by a request that changes nothing.\n");
        }
        if (hub.has("idempotency")) {
            text.append("\nThe delivery's id goes along as `%s`, so that a retry does nothing twice.\n"
                    .formatted(hub.at("/idempotency/header")
                            .asText(hub.at("/idempotency/field").asText())));
        }
        text.append(errors(hub));
        text.append(samples(hub.path("samples")));
        return text.toString();
    }

    private static String field(String name, JsonNode property, ConnectorDescription connector) {
        var traits = new ArrayList<String>();
        if (StreamSupport.stream(connector.schema().path("required").spliterator(), false)
                .anyMatch(required -> required.asText().equals(name))) {
            traits.add("required");
        }
        if (connector.secretFields().contains(name)) {
            traits.add("secret");
        }
        if (property.path("format").asText().equals("jsonata")) {
            traits.add("expression");
        }
        var preset = property.path("default").asText();
        var values = property.path("enum");
        var more = (values.isArray()
                        ? " One of %s."
                                .formatted(values.toString()
                                        .replaceAll("[\\[\\]\"]", "")
                                        .replace(",", ", "))
                        : "")
                + (preset.isEmpty()
                        ? ""
                        : preset.contains("\n") ? " Has a preset." : " Preset: `%s`.".formatted(preset));
        return "| `%s` | %s | %s |\n"
                .formatted(
                        name,
                        String.join(", ", traits),
                        cell(property.path("description").asText() + more));
    }

    private static String errors(JsonNode hub) {
        var tables = hub.has("errors") ? List.of(hub.path("errors")) : hub.findValues("errors");
        if (tables.isEmpty()) {
            return "";
        }
        Set<String> rows = new LinkedHashSet<>();
        for (var table : tables) {
            table.forEach(row -> rows.add("| %s | %s | %s |"
                    .formatted(
                            row.path("status").asText("any"),
                            cell(words(row.path("body"))),
                            row.path("action").asText())));
        }
        return "\n| status | answer | what follows |\n| --- | --- | --- |\n" + String.join("\n", rows) + "\n";
    }

    private static String words(JsonNode body) {
        return body.isArray()
                ? StreamSupport.stream(body.spliterator(), false)
                        .map(word -> "`" + word.asText() + "`")
                        .collect(Collectors.joining(", "))
                : body.isMissingNode() ? "" : "`" + body.asText() + "`";
    }

    private static String samples(JsonNode samples) {
        var text = new StringBuilder();
        for (var sample : samples) {
            text.append("\n%s:\n\n```json\n%s\n```\n"
                    .formatted(sample.path("title").asText(), Json.write(sample.path("config"))));
        }
        return text.toString();
    }

    private static String anchor(ConnectorDescription connector) {
        return connector.title().toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
    }

    private static String cell(String text) {
        return text.strip().replace("|", "\\|").replace("\n", " ");
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
