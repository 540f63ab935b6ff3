package io.waypost.event.summary;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Describes an event in one sentence, with the templates of the catalogue of event types. */
public final class Summaries {

    private static final String FILE = "/event-types/catalogue.yaml";

    private final Map<String, Sentence> sentences;

    private Summaries(Map<String, Sentence> sentences) {
        this.sentences = sentences;
    }

    /** With the templates of the types that come with the gateway. */
    public static Summaries shipped() {
        var sentences = new TreeMap<String, Sentence>();
        for (var type : read().required("types")) {
            var summary = type.path("summary").textValue();
            if (summary != null) {
                sentences.put(type.required("name").textValue(), Sentence.of(summary));
            }
        }
        return new Summaries(sentences);
    }

    /**
     * The event in one sentence, on one line. If its type has no template, or its data lacks a value the template needs:
     * the type and, if there is one, the subject.
     *
     * @param event as connectors see it: an object with {@code type}, {@code subject}, {@code data}
     */
    public String of(JsonNode event) {
        var type = event.path("type").asText();
        var sentence = sentences.get(type);
        var filled = sentence == null ? null : sentence.fill(event.path("data"));
        return filled == null ? plain(type, event.path("subject").textValue()) : filled;
    }

    private static String plain(String type, @Nullable String subject) {
        return subject == null || subject.isBlank() ? type : type + ": " + subject;
    }

    private static JsonNode read() {
        try (var file = Summaries.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException(FILE + " is missing in the jar");
            }
            return new YAMLMapper().readTree(file);
        } catch (IOException e) {
            throw new IllegalStateException(FILE + " in the jar is damaged", e);
        }
    }
}
