package io.waypost.connector.webhook.vendor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.event.Event;
import java.math.BigInteger;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An event in the words of the platform's catalogue, as the writers of vendors' bodies read it. */
record Platform(Event event, JsonNode data) {

    static Platform of(Event event) {
        return new Platform(event, event.dataAsJson());
    }

    /**
     * The vendor's own body, if the event came from it or was published in its words: it goes out as it is.
     *
     * @param source of the inbound source
     * @param speaks whether data is the vendor's own body
     */
    @Nullable
    ObjectNode original(String source, Predicate<JsonNode> speaks) {
        if (speaks.test(data)) {
            return (ObjectNode) data;
        }
        var raw = data.path("raw");
        return event.source().startsWith("/sources/" + source + "/") && raw.isObject() ? (ObjectNode) raw : null;
    }

    /**
     * What the vendor calls such an event.
     *
     * @throws ExpressionFailed if it has no such event
     */
    String name(String vendor, Map<String, String> names) {
        var name = names.get(event.type());
        if (name == null) {
            throw new ExpressionFailed(
                    "%s has no event like %s; choose another format or other events".formatted(vendor, event.type()));
        }
        return name;
    }

    /** The text at the first pointer that leads to any; empty if none does. */
    String text(String... pointers) {
        for (var pointer : pointers) {
            var found = data.at(pointer);
            if (found.isValueNode() && !found.isNull()) {
                return found.asText();
            }
        }
        return "";
    }

    /** An id as a number if it is one, all digits kept. */
    ValueNode number(String... pointers) {
        var text = text(pointers);
        return text.matches("\\d{1,30}")
                ? JsonNodeFactory.instance.numberNode(new BigInteger(text))
                : JsonNodeFactory.instance.textNode(text);
    }

    /** The time of the event in UTC, in the vendor's way of writing it. */
    String time(DateTimeFormatter format) {
        return format.format(event.time().atOffset(ZoneOffset.UTC));
    }

    /** The part of a name before the first space, and what follows. */
    String[] names() {
        var parts = text("/contact/name").split(" ", 2);
        return new String[] {parts[0], parts.length == 1 ? "" : parts[1]};
    }
}
