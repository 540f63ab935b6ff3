package io.waypost.connector.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.Message;
import io.waypost.connector.webhook.vendor.Benchmark;
import io.waypost.connector.webhook.vendor.GemMail;
import io.waypost.connector.webhook.vendor.GetResponse;
import io.waypost.connector.webhook.vendor.GetResponseCallback;
import io.waypost.connector.webhook.vendor.Mailingwork;
import io.waypost.connector.webhook.vendor.Mailjet;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.util.Locale;
import java.util.Map;
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
                return Xml.document(message.batch() == null ? "event" : "events", body(message));
            }
            var repeated = Json.object();
            repeated.set("event", body(message).path("events"));
            return Xml.document("events", repeated);
        }
    },

    FORM(Format.URLENCODED),

    /** For people who pick fields from a list, as in Zapier's editor. */
    FLAT(Format.PLAIN_JSON) {
        @Override
        JsonNode body(Message message) {
            return Fields.flat(super.body(message));
        }
    },

    GEMMAIL(Format.PLAIN_JSON, GemMail::body),
    MAILINGWORK(Format.PLAIN_JSON, Mailingwork::body),
    BENCHMARK(Format.URLENCODED, Benchmark::body),
    MAILJET(Format.PLAIN_JSON, Mailjet::body),

    /** Always an array, also of a single event. */
    MAILJET_GROUPED(Format.PLAIN_JSON, Mailjet::body) {
        @Override
        JsonNode body(Message message) {
            var body = super.body(message);
            return body.isArray() || message.transformed() != null
                    ? body
                    : Json.MAPPER.createArrayNode().add(body);
        }
    },

    GETRESPONSE(Format.PLAIN_JSON, GetResponse::body) {
        @Override
        Map<String, String> headers(Message message) {
            return GetResponse.headers(message);
        }
    },

    GETRESPONSE_CALLBACK(Format.URLENCODED, GetResponseCallback::body);

    private static final String PLAIN_JSON = "application/json";
    private static final String URLENCODED = "application/x-www-form-urlencoded";

    private final String contentType;
    private final Function<Message, JsonNode> words;

    Format(String contentType) {
        this(contentType, Fields::of);
    }

    /** @param words what an event is in the words of a vendor */
    Format(String contentType, Function<Message, JsonNode> words) {
        this.contentType = contentType;
        this.words = words;
    }

    public String contentType(Message message) {
        return contentType;
    }

    /**
     * What is written: what the transform made of it, or the event in the words of the format; of a batch an array of what
     * its events would be on their own, or {@code events} where there is no array.
     *
     * @throws io.waypost.connector.ExpressionFailed if a vendor has no words for it
     */
    JsonNode body(Message message) {
        var transformed = message.transformed();
        if (transformed != null) {
            return transformed;
        }
        var batch = message.batch();
        if (batch == null) {
            return words.apply(message);
        }
        var all = Json.MAPPER.createArrayNode();
        batch.events().forEach(event -> all.add(words.apply(message.alone(event))));
        return contentType.equals(PLAIN_JSON) ? all : Json.object().set("events", all);
    }

    /** @throws io.waypost.connector.ExpressionFailed if a vendor has no words for it */
    public String write(Message message) {
        return contentType.equals(URLENCODED) ? query(message) : Json.write(body(message));
    }

    /** The same as a query. */
    String query(Message message) {
        return Fields.form(body(message));
    }

    /** What the format sends beside the body. */
    Map<String, String> headers(Message message) {
        return Map.of();
    }

    /**
     * As the config writes it: {@code mailjet-grouped}.
     *
     * @throws IllegalArgumentException if there is none of this name
     */
    static Format named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
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
        if (transformed != null || (!others.has("datacontenttype") && !event.base64())) {
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
