package io.waypost.connector.webhook;

import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a webhook's body is written. */
public enum Format {
    JSON("application/json") {
        @Override
        public String write(Message message) {
            var transformed = message.transformed();
            if (transformed != null) {
                return Json.write(transformed);
            }
            var event = message.event();
            // The data as it is stored, digit for digit; types and ids hold nothing that would need escaping.
            return "{\"type\":\"" + event.type() + "\",\"timestamp\":\"" + event.time()
                    + (event.base64() ? "\",\"data_base64\":" : "\",\"data\":") + event.data() + ",\"id\":\""
                    + event.id() + "\"}";
        }
    },

    CLOUDEVENTS("application/cloudevents+json; charset=UTF-8") {
        @Override
        public String write(Message message) {
            var event = message.event();
            var out = new StringBuilder(256 + event.data().length()).append("{\"specversion\":\"1.0\"");
            var sourceId = event.sourceId();
            add(out, "id", sourceId == null ? event.id() : sourceId);
            add(out, "source", event.source());
            add(out, "type", event.type());
            add(out, "subject", event.subject());
            add(out, "time", event.time().toString());
            var transformed = message.transformed();
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

        private void add(StringBuilder out, String name, @Nullable String value) {
            if (value != null) {
                out.append(",\"").append(name).append("\":").append(TextNode.valueOf(value));
            }
        }
    },

    XML("application/xml; charset=UTF-8") {
        @Override
        public String write(Message message) {
            return Xml.document("event", Fields.of(message));
        }
    },

    FORM("application/x-www-form-urlencoded") {
        @Override
        public String write(Message message) {
            return Fields.form(message);
        }
    },

    /** For people who pick fields from a list, as in Zapier's editor. */
    FLAT("application/json") {
        @Override
        public String write(Message message) {
            return Json.write(Fields.flat(message));
        }
    };

    private final String contentType;

    Format(String contentType) {
        this.contentType = contentType;
    }

    public String contentType() {
        return contentType;
    }

    public abstract String write(Message message);

    /** @throws IllegalArgumentException if there is none of this name */
    static Format named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
