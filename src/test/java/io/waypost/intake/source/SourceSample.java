package io.waypost.intake.source;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.waypost.testing.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A file below {@code src/test/resources/sources/NAME}: what a vendor posts, and the events it becomes.
 *
 * <pre>{@code
 * settings: {zone: Europe/Berlin}            # of the source; may be left out
 * headers: {X-GitHub-Event: issues}
 * body: '{"action":"opened"}'                # or fixture: FILE below fixtures/; or get: FILE with a request line
 * again: new                                 # what is posted twice becomes new events; else it is a duplicate
 * events: [{type: .., time: .., id: .., test: true, data: {..}}]    # data without raw, which is what was posted
 * }</pre>
 */
record SourceSample(String kind, String name, JsonNode file) {

    static final Path ROUTES = Path.of("routes/sources");

    private static final Path SAMPLES = Path.of("src/test/resources/sources");
    private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
    private static final String SUFFIX = ".camel.yaml";
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** The vendors, by their route files. */
    static List<String> kinds() {
        try (var files = Files.list(ROUTES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(SUFFIX))
                    .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<SourceSample> of(String kind) {
        if (!Files.isDirectory(SAMPLES.resolve(kind))) {
            return List.of();
        }
        try (var files = Files.list(SAMPLES.resolve(kind))) {
            return files.sorted().map(file -> read(kind, file)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<SourceSample> all() {
        return kinds().stream().flatMap(kind -> of(kind).stream());
    }

    private static SourceSample read(String kind, Path file) {
        try {
            return new SourceSample(
                    kind, file.getFileName().toString().replace(".yaml", ""), YAML.readTree(file.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    JsonNode settings() {
        return file.path("settings");
    }

    List<JsonNode> events() {
        var events = new ArrayList<JsonNode>();
        file.path("events").forEach(events::add);
        return events;
    }

    boolean becomesNewEventsAgain() {
        return file.path("again").asText().equals("new");
    }

    String fixture() {
        return file.has("fixture")
                ? file.path("fixture").asText()
                : file.path("get").asText("");
    }

    /** The body as it is posted; of a GET its query. */
    String body() {
        if (file.has("body")) {
            return file.path("body").textValue();
        }
        try {
            var text = Files.readString(FIXTURES.resolve(fixture()));
            return file.has("get")
                    ? text.replaceFirst("(?s)^GET [^?]*\\?", "").replaceFirst("(?s) HTTP.*", "")
                    : text.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Posts it as the vendor does. */
    Api.Answer post(Api api, String url) {
        if (file.has("get")) {
            return api.get(url + "?" + body());
        }
        var headers = new ArrayList<String>();
        file.path("headers").properties().forEach(header -> {
            headers.add(header.getKey());
            headers.add(header.getValue().asText());
        });
        return api.post(url, body(), headers.toArray(String[]::new));
    }

    @Override
    public String toString() {
        return kind + ": " + name;
    }
}
