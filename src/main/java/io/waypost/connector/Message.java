package io.waypost.connector;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a connector is asked to send: one event, or a batch of them, for one subscription, one attempt.
 *
 * @param connector the name of the connector
 * @param config the subscription's config, checked against the connector's schema, secrets in the clear
 * @param credential what goes before the credential fields of the config; null without a connection
 * @param secrets signing secrets, newest first; all of them sign (more than one while a rotation's grace lasts)
 * @param event what happened; of a batch the first
 * @param transformed what the subscription's transform made of the event and is to be sent in its place; null without
 *     a transform
 * @param delivery the id of the delivery, for idempotency keys
 * @param attempt counts from 1
 * @param at when this attempt is made
 * @param timeout over everything: name look-up, connect, request, answer
 * @param success which answers count as success
 * @param batch the events if there are several to go together; null for one that goes alone
 */
public record Message(
        String connector,
        ObjectNode config,
        @Nullable Credential credential,
        List<String> secrets,
        Event event,
        @Nullable JsonNode transformed,
        String delivery,
        int attempt,
        boolean replay,
        boolean test,
        Instant at,
        Duration timeout,
        SuccessTest success,
        @Nullable Batch batch) {

    /** Of one event. */
    public Message(
            String connector,
            ObjectNode config,
            @Nullable Credential credential,
            List<String> secrets,
            Event event,
            @Nullable JsonNode transformed,
            String delivery,
            int attempt,
            boolean replay,
            boolean test,
            Instant at,
            Duration timeout,
            SuccessTest success) {
        this(
                connector,
                config,
                credential,
                secrets,
                event,
                transformed,
                delivery,
                attempt,
                replay,
                test,
                at,
                timeout,
                success,
                null);
    }

    /** The same with what the transform made of it. */
    public Message transformed(JsonNode made) {
        return copy(config, credential, event, made, batch);
    }

    /** The same with a credential that has been looked up, or has got its token. */
    public Message with(@Nullable Credential ready) {
        return copy(config, ready, event, transformed, batch);
    }

    /** The same with a config that holds the credential. */
    public Message with(ObjectNode whole) {
        return copy(whole, null, event, transformed, batch);
    }

    /** The same as if the event, one of its batch, went alone. */
    public Message alone(Event one) {
        return copy(config, credential, one, transformed, null);
    }

    private Message copy(
            ObjectNode itsConfig,
            @Nullable Credential itsCredential,
            Event itsEvent,
            @Nullable JsonNode made,
            @Nullable Batch itsBatch) {
        return new Message(
                connector,
                itsConfig,
                itsCredential,
                secrets,
                itsEvent,
                made,
                delivery,
                attempt,
                replay,
                test,
                at,
                timeout,
                success,
                itsBatch);
    }

    /** What the receiver knows it by, the same on every attempt: the event's id, or the batch's. */
    public String id() {
        return batch == null ? event.id() : batch.id();
    }

    /** What expressions see when there is no transform: the event as JSON, or the batch. Made anew on each call. */
    public ObjectNode input() {
        return batch == null ? event.toJson() : batch.toJson();
    }

    /**
     * Events that go together.
     *
     * @param events at least one, in the order of the log
     */
    public record Batch(List<Event> events) {

        private static final String PREFIX = "bat";

        /** The type of a batch where something must have one. */
        public static final String TYPE = "waypost.batch";

        /** The same for the same events, so that it stays over retries, crashes and replays. */
        public String id() {
            try {
                var digest = MessageDigest.getInstance("SHA-256");
                events.forEach(event -> digest.update(event.id().getBytes(StandardCharsets.UTF_8)));
                var hash = ByteBuffer.wrap(digest.digest());
                // It begins with the time of the first event, as all ids begin with a time.
                return Ids.of(PREFIX, Ids.micros(events.getFirst().receivedAt()), hash.getLong(), hash.getLong());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }

        /** Whether all of them were made to try things out. */
        public boolean test() {
            return events.stream().allMatch(Event::test);
        }

        /**
         * The events as {@code events}; the fields beside it say of the batch what those of an event say of the event, so
         * that what is written for one event makes a digest of many: {@code data} counts the events by their types.
         */
        public ObjectNode toJson() {
            var last = events.getLast();
            var json = Json.object();
            json.put("id", id());
            json.put("type", events.size() == 1 ? "1 event" : events.size() + " events");
            json.put("source", source());
            json.put("time", last.time().toString());
            json.put("receivedAt", last.receivedAt().toString());
            json.put("tenant", last.tenant());
            json.put("test", test());
            json.put("count", events.size());
            var byType = json.putObject("data");
            events.forEach(
                    event -> byType.put(event.type(), byType.path(event.type()).asInt() + 1));
            var all = json.putArray("events");
            events.forEach(event -> all.add(event.toJson()));
            return json;
        }

        /** The one they all have; {@code /} if they have several. */
        private String source() {
            var first = events.getFirst().source();
            return events.stream().allMatch(event -> event.source().equals(first)) ? first : "/";
        }
    }

    /** Which answer means that the receiver took it. */
    public enum SuccessTest {
        /** Any 2xx. */
        ANY_2XX,
        /** Exactly 200. */
        ONLY_200,
        /** 200, 201, 202 or 204, and a body of {@code {"status":"OK"}}; what a receiver cannot help is not repeated. */
        STATUS_OK_BODY {
            @Override
            public boolean retries(int status) {
                return status == 429 || (status / 100 != 1 && status / 100 != 3 && status / 100 != 4);
            }
        };

        /** Whether an answer with this status, if it is no success, may be followed by another attempt. */
        public boolean retries(int status) {
            return true;
        }
    }
}
