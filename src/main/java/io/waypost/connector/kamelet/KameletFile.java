package io.waypost.connector.kamelet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.http.DeclaredConnectors;
import io.waypost.connector.http.HttpSteps;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.platform.Json;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One file {@code NAME.kamelet.yaml}.
 *
 * @param spec what stands under {@code spec}
 */
record KameletFile(ConnectorDescription description, JsonNode spec) {

    static final String SUFFIX = ".kamelet.yaml";

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String ICON = "camel.apache.org/kamelet.icon";

    /**
     * Reads a file.
     *
     * @param name the file's name
     * @throws IllegalArgumentException if it describes no connector; the message says where and why
     */
    static KameletFile read(String name, byte[] content) {
        var base = name.substring(0, name.length() - SUFFIX.length());
        var file = parse(content);
        require(file.path("kind").asText("Kamelet").equals("Kamelet"), "kind must be Kamelet");
        var own = file.path("metadata").path("name").asText(base);
        require(own.equals(base), "metadata.name must be %s, as the file is named".formatted(base));
        require(base.matches("[a-z][a-z0-9-]{0,62}"), "the name must be of lower-case letters, digits and hyphens");
        require(
                file.path("spec").path("definition") instanceof ObjectNode,
                "spec.definition must be there: the JSON Schema of the config");
        return new KameletFile(describe(base, file), file.path("spec"));
    }

    /** What is listed for a file that cannot be used. */
    static ConnectorDescription broken(String name, String error) {
        return new ConnectorDescription(
                name,
                name,
                "This connector cannot be used.",
                null,
                Json.object(),
                Set.of(),
                null,
                Json.object(),
                error);
    }

    private static ObjectNode parse(byte[] content) {
        try {
            if (YAML.readTree(content) instanceof ObjectNode file) {
                return file;
            }
            throw new IllegalArgumentException("the file must be a YAML object");
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw new IllegalArgumentException(
                    "line %d: %s".formatted(at == null ? 1 : at.getLineNr(), e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory", e);
        }
    }

    private static ConnectorDescription describe(String name, ObjectNode file) {
        var definition = (ObjectNode) file.path("spec").path("definition");
        var hub = file.path("spec").path("x-waypost");
        var secrets = new LinkedHashSet<>(DeclaredConnectors.secrets(hub));
        definition.path("properties").properties().forEach(field -> {
            if (field.getValue().path("format").asText().equals("password")) {
                secrets.add(field.getKey());
            }
        });
        var perSecond = hub.path("rate").path("perSecond");
        return new ConnectorDescription(
                name,
                definition.path("title").asText(name),
                definition.path("description").asText(""),
                textOrNull(file.path("metadata").path("annotations").path(ICON)),
                definition,
                Set.copyOf(secrets),
                perSecond.isNumber() ? perSecond.asDouble() : null,
                hub.isObject() ? hub : Json.object(),
                null);
    }

    /**
     * The Kamelet as Camel gets it: without parameters, because what differs per message travels in the exchange.
     *
     * @param name what Camel calls it
     */
    String camel(String name) {
        var file = Json.object().put("apiVersion", "camel.apache.org/v1").put("kind", "Kamelet");
        file.putObject("metadata").put("name", name);
        var out = file.putObject("spec");
        out.putObject("definition").put("title", name).put("type", "object");
        for (var part : Set.of("dependencies", "types", "dataTypes")) {
            if (spec.has(part)) {
                out.set(part, spec.get(part));
            }
        }
        out.set("template", spec.has("template") ? spec.get("template") : oneRequest());
        return Json.write(file);
    }

    /** The template of a connector that is one HTTP request, for files that leave it out. */
    private static ObjectNode oneRequest() {
        var template = Json.object();
        var from = template.putObject("from").put("uri", "kamelet:source");
        var steps = from.putArray("steps");
        steps.addObject().putObject("process").put("ref", HttpSteps.REQUEST);
        steps.addObject().putObject("to").put("uri", HttpExchange.URI);
        steps.addObject().putObject("process").put("ref", HttpSteps.VERDICT);
        return template;
    }

    private static void require(boolean fulfilled, String otherwise) {
        if (!fulfilled) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private static @Nullable String textOrNull(JsonNode node) {
        return node.isTextual() ? node.textValue() : null;
    }
}
