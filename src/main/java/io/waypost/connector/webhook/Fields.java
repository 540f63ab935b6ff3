package io.waypost.connector.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.platform.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** An event as a webhook shows it, before it is written in one of the formats. */
final class Fields {

    private Fields() {}

    /** What a form or an XML document is made of: type, timestamp, data and id. */
    static JsonNode of(Message message) {
        var event = message.event();
        var fields = Json.object();
        fields.put("type", event.type());
        fields.put("timestamp", event.time().toString());
        fields.set(event.base64() ? "data_base64" : "data", event.dataAsJson());
        fields.put("id", event.id());
        return fields;
    }

    /** As a form or a query has it: {@code data[contact][email]=..}, percent-encoded. */
    static String form(JsonNode fields) {
        var made = new StringBuilder();
        if (fields instanceof ObjectNode object) {
            object.properties().forEach(field -> append(made, field.getKey(), field.getValue()));
        } else {
            append(made, "data", fields);
        }
        return made.toString();
    }

    /** On one level: {@code data__contact__email}, {@code data__lists__0__id}. */
    static ObjectNode flat(JsonNode fields) {
        var flat = Json.object();
        flatten(flat, "", fields);
        return flat;
    }

    private static void flatten(ObjectNode flat, String name, JsonNode value) {
        var prefix = name.isEmpty() ? "" : name + "__";
        if (value.isObject()) {
            value.properties().forEach(field -> flatten(flat, prefix + field.getKey(), field.getValue()));
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                flatten(flat, prefix + i, value.get(i));
            }
        } else {
            flat.set(name.isEmpty() ? "data" : name, value);
        }
    }

    private static void append(StringBuilder form, String name, JsonNode value) {
        if (value.isObject()) {
            value.properties().forEach(field -> append(form, name + "[" + field.getKey() + "]", field.getValue()));
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                append(form, name + "[" + i + "]", value.get(i));
            }
        } else {
            form.append(form.isEmpty() ? "" : "&")
                    .append(encode(name))
                    .append('=')
                    .append(encode(text(value)));
        }
    }

    /** A value that is neither object nor array, as text; nothing for null. */
    static String text(JsonNode value) {
        return value.isNull() || value.isMissingNode() ? "" : value.asText();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
