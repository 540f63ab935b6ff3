package io.waypost.event;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, as its publisher sent it. Never changes once stored.
 *
 * @param seq its sequence number in the log: from 1, without gaps, in the order of commits
 * @param receivedAt when the gateway received it, with microseconds
 * @see NewEvent for the other components
 */
public record Event(
        long seq,
        Instant receivedAt,
        String tenant,
        String type,
        String source,
        @Nullable String sourceId,
        @Nullable String subject,
        Instant time,
        boolean test,
        @Nullable String attributes,
        String data,
        boolean base64) {

    /** The source of sample events, which are made to test one subscription. */
    public static final String TEST_SOURCE = "/waypost/tests";

    private static final String PREFIX = "evt";

    public static Event of(NewEvent e, long seq, Instant receivedAt) {
        return new Event(
                seq,
                receivedAt,
                e.tenant(),
                e.type(),
                e.source(),
                e.sourceId(),
                e.subject(),
                e.time(),
                e.test(),
                e.attributes(),
                e.data(),
                e.base64());
    }

    /** The same event with this data. */
    public Event withData(String text) {
        return new Event(
                seq, receivedAt, tenant, type, source, sourceId, subject, time, test, attributes, text, base64);
    }

    /** The public id. It is computed from the two numbers, so the log needs no index for it. */
    public String id() {
        return id(receivedAt, seq);
    }

    public static String id(Instant receivedAt, long seq) {
        return Ids.of(PREFIX, Ids.micros(receivedAt), seq);
    }

    /**
     * The sequence number within an id.
     *
     * @throws Refused (not found) if the text is no id of an event
     */
    public static long seqOf(String id) {
        return Ids.numbers(PREFIX, id, 2)[1];
    }

    /** As {@link #seqOf}, but empty if the text is no id of an event. */
    public static OptionalLong seqIn(String text) {
        try {
            return text.startsWith(PREFIX) ? OptionalLong.of(seqOf(text)) : OptionalLong.empty();
        } catch (Refused _) {
            return OptionalLong.empty();
        }
    }

    /**
     * The event as the JSON object that filters, conditions and transforms see and the API returns. A new object on each
     * call.
     */
    public ObjectNode toJson() {
        var json = Json.object();
        json.put("id", id());
        json.put("type", type);
        json.put("source", source);
        if (sourceId != null) {
            json.put("sourceId", sourceId);
        }
        if (subject != null) {
            json.put("subject", subject);
        }
        json.put("time", time.toString());
        json.put("receivedAt", receivedAt.toString());
        json.put("tenant", tenant);
        json.put("test", test);
        json.set(base64 ? "data_base64" : "data", dataAsJson());
        if (attributes != null) {
            Json.read(attributes).properties().forEach(a -> json.putIfAbsent(a.getKey(), a.getValue()));
        }
        return json;
    }

    /** Whether it is a sample event made to test one subscription; it is not matched with any other. */
    public boolean sentByTest() {
        return test && source.equals(TEST_SOURCE);
    }

    public JsonNode dataAsJson() {
        return Json.read(data);
    }
}
