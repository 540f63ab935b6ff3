package io.waypost.connector.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.Message;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How a webhook's body is written. A batch is an array of what its events would be on their own. */
public enum Format {
    JSON("application/json") {
        @Override
        public String write(Message message) {
            var transformed = message.transformed();
            if (transformed != null) {
                return Json.write(transformed);
            }
            var batch = message.batch();
            return batch == null ? json(message.event()) : array(batch, Format::json);
        }
    },

    CLOUDEVENTS("application/cloudevents+json; charset=UTF-8") {
        @Override
        public String write(Message message) {
            var transformed = message.transformed();
            var batch = message.batch();
            if (batch == null) {
                return cloudEvent(message.event(), transformed);
            }
            return transformed == null
                    ? array(batch, event -> cloudEvent(event, null))
                    : cloudEvent(batch, message, transformed);
        }

        @Override
        public String contentType(Message message) {
            return message.batch() == null || message.transformed() != null
                    ? super.contentType(message)
                    : "application/cloudevents-batch+json; charset=UTF-8";
        }
    },

    XML("application/xml; charset=UTF-8") {
        @Override
        public String write(Message message) {
            if (message.batch() == null || message.transformed() != null) {
                return Xml.document(message.batch() == null ? "event" : "events", Fields.of(message));
            }
            var repeated = Json.object();
            repeated.set("event", Fields.of(message).path("events"));
            return Xml.document("events", repeated);
        }
    },

    FORM("application/x-www-form-urlencoded") {
        @Override
        public String write(Message message) {
            return Fields.form(message);
        }
    };

    private final String contentType;

    Format(String contentType) {
        this.contentType = contentType;
    }

    public String contentType(Message message) {
        return contentType;
    }

    public abstract String write(Message message);

    /** @throws IllegalArgumentException if there is none of this name */
    static Format named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static String array(Message.Batch batch, Function<Event, String> one) {
        return batch.events().stream().map(one).collect(Collectors.joining(",", "[", "]"));
    }

    /** The data as it is stored, digit for digit; types and ids hold nothing that would need escaping. */
    private static String json(Event event) {
        return "{\"type\":\"" + event.type() + "\",\"timestamp\":\"" + event.time()
                + (event.base64() ? "\",\"data_base64\":" : "\",\"data\":") + event.data() + ",\"id\":\""
                + event.id() + "\"}";
    }

    private static String cloudEvent(Event event, @Nullable JsonNode transformed) {
        var out = new StringBuilder(256 + event.data().length()).append("{\"specversion\":\"1.0\"");
        var sourceId = event.sourceId();
        add(out, "id", sourceId == null ? event.id() : sourceId);
        add(out, "source", event.source());
        add(out, "type", event.type());
        add(out, "subject", event.subject());
        add(out, "time", event.time().toString());
        var attributes = event.attributes();
        var others = attributes == null ? Json.object() : Json.read(attributes);
        if (transformed != null || !others.has("datacontenttype") && !event.base64()) {
            add(out, "datacontenttype", "application/json");
        }
        for (var other : others.properties()) {
            if (transformed == null || !other.getKey().equals("datacontenttype")) {
                out.append(',').append(Json.write(other.getKey())).append(':');
                out.append(Json.write(other.getValue()));
            }
        }
        out.append(event.base64() && transformed == null ? ",\"data_base64\":" : ",\"data\":");
        return out.append(transformed == null ? event.data() : Json.write(transformed))
                .append('}')
                .toString();
    }

    /** What the transform made of a batch has the batch's own attributes. */
    private static String cloudEvent(Message.Batch batch, Message message, JsonNode transformed) {
        var out = new StringBuilder("{\"specversion\":\"1.0\"");
        add(out, "id", batch.id());
        add(out, "source", "/waypost/batches");
        add(out, "type", Message.Batch.TYPE);
        add(out, "time", message.at().toString());
        add(out, "datacontenttype", "application/json");
        return out.append(",\"data\":")
                .append(Json.write(transformed))
                .append('}')
                .toString();
    }

    private static void add(StringBuilder out, String name, @Nullable String value) {
        if (value != null) {
            out.append(",\"").append(name).append("\":").append(TextNode.valueOf(value));
        }
    }
}
