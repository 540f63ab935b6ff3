package io.waypost.console;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * Which vendors' webhooks come in as which types of the catalogue, read off the files that turn the ones into the others: a
 * mapping gives a type if it names it.
 */
final class EventSources {

    private static final String FILES = "classpath*:routes/sources/*.camel.yaml";

    /** Titles of vendors, and all that their mappings name. */
    private final Map<String, String> mappings = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    EventSources() {
        var yaml = new YAMLMapper();
        try {
            for (var file : new PathMatchingResourcePatternResolver().getResources(FILES)) {
                read(yaml, file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a source's file in the jar cannot be read", e);
        }
    }

    private void read(YAMLMapper yaml, Resource file) throws IOException {
        try (var text = file.getInputStream()) {
            var routes = yaml.readTree(text);
            for (var title : routes.findValuesAsText("title")) {
                mappings.put(title, String.join("\n", routes.findValuesAsText("expression")));
            }
        }
    }

    /** The vendors, as people call them, in the order of their names. */
    List<String> of(String type) {
        var quoted = "\"" + type + "\"";
        return mappings.entrySet().stream()
                .filter(mapping -> mapping.getValue().contains(quoted))
                .map(Map.Entry::getKey)
                .toList();
    }
}
