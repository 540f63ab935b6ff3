package io.waypost.route.camel;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.Message;
import io.waypost.event.Event;
import io.waypost.platform.Json;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** What a flow's exchange carries: the event as plain Java, numbers digit for digit, and where it came from. */
final class FlowBody {

    static final String DELIVERY = "waypostDelivery";
    static final String ATTEMPT = "waypostAttempt";
    static final String REPLAY = "waypostReplay";

    private static final String MESSAGE = "waypostMessage";
    private static final String GIVEN = "waypostBody";
    private static final String PUBLISHED = "waypostPublished";
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    private FlowBody() {}

    /** Makes the exchange one that begins with the message. */
    static void begin(Exchange exchange, Message message) {
        var transformed = message.transformed();
        var body = transformed == null ? given(message) : plain(transformed);
        exchange.getMessage().setBody(body);
        exchange.setProperty(MESSAGE, withoutSecrets(message));
        exchange.setProperty(GIVEN, body);
        exchange.setProperty(PUBLISHED, new ConcurrentHashMap<String, Integer>());
        // For flows to read.
        exchange.setProperty(DELIVERY, message.delivery());
        exchange.setProperty(ATTEMPT, message.attempt());
        exchange.setProperty(REPLAY, message.replay());
    }

    /** The event; of a batch its events under {@code events}. */
    private static @Nullable Object given(Message message) {
        return message.batch() == null ? map(message.event()) : plain(message.input());
    }

    /** A flow may log all that its exchange carries. */
    private static Message withoutSecrets(Message m) {
        return new Message(
                m.connector(),
                m.config(),
                null,
                List.of(),
                m.event(),
                m.transformed(),
                m.delivery(),
                m.attempt(),
                m.replay(),
                m.test(),
                m.at(),
                m.timeout(),
                m.success(),
                m.batch());
    }

    /** The message that the exchange began with, if it began with one. */
    static @Nullable Message message(Exchange exchange) {
        return exchange.getProperty(MESSAGE, Message.class);
    }

    /** Whether the body is still what the exchange began with. */
    static boolean untouched(Exchange exchange) {
        var given = exchange.getProperty(GIVEN);
        return given != null && given == exchange.getMessage().getBody();
    }

    /** How often this run has published it, this time included; parts of a split are parts of the run. */
    @SuppressWarnings("unchecked")
    static int timesPublished(Exchange exchange, String content) {
        var counts = (Map<String, Integer>) exchange.getProperty(PUBLISHED, Map.class);
        return counts == null ? 1 : counts.merge(content, 1, Integer::sum);
    }

    static Map<String, Object> map(Event event) {
        return Json.MAPPER.convertValue(event.toJson(), MAP);
    }

    /** JSON as maps, lists, texts, numbers. */
    static @Nullable Object plain(JsonNode json) {
        return json.isMissingNode() || json.isNull() ? null : Json.MAPPER.convertValue(json, Object.class);
    }

    /** The body as JSON: maps and lists as they are, anything else as its text. */
    static JsonNode json(Exchange exchange) {
        return json(exchange.getMessage().getBody(), exchange);
    }

    static JsonNode json(@Nullable Object value, Exchange exchange) {
        return switch (value) {
            case null -> NullNode.getInstance();
            case JsonNode json -> json;
            case String text -> TextNode.valueOf(text);
            case Map<?, ?> map -> Json.MAPPER.valueToTree(map);
            case Iterable<?> list -> {
                // One by one: the headers of a Kafka record are a list of what is no JSON.
                var array = Json.MAPPER.createArrayNode();
                list.forEach(one -> array.add(json(one, exchange)));
                yield array;
            }
            case Number number -> Json.MAPPER.valueToTree(number);
            case Boolean flag -> Json.MAPPER.valueToTree(flag);
            default -> {
                var text = exchange.getContext().getTypeConverter().convertTo(String.class, exchange, value);
                yield text == null ? NullNode.getInstance() : TextNode.valueOf(text);
            }
        };
    }
}
