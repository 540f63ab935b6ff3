package io.waypost.connector.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** An event as a webhook shows it, before it is written in one of the formats. */
final class Fields {

    private Fields() {}

    /** What a form or an XML document is made of: the transformed event, or type, timestamp, data and id; of a batch all. */
    static JsonNode of(Message message) {
        var transformed = message.transformed();
        if (transformed != null) {
            return transformed;
        }
        var batch = message.batch();
        if (batch == null) {
            return of(message.event());
        }
        var fields = Json.object();
        var all = fields.putArray("events");
        batch.events().forEach(event -> all.add(of(event)));
        return fields;
    }

    private static JsonNode of(Event event) {
        var fields = Json.object();
        fields.put("type", event.type());
        fields.put("timestamp", event.time().toString());
        fields.set(event.base64() ? "data_base64" : "data", event.dataAsJson());
        fields.put("id", event.id());
        return fields;
    }

    /** As a form or a query has it: {@code data[contact][email]=..}, percent-encoded. */
    static String form(Message message) {
        var fields = of(message);
        var made = new StringBuilder();
        if (fields instanceof ObjectNode object) {
            object.properties().forEach(field -> append(made, field.getKey(), field.getValue()));
        } else {
            append(made, "data", fields);
        }
        return made.toString();
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
