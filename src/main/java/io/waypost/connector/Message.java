package io.waypost.connector;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.event.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a connector is asked to send: one event for one subscription, one attempt.
 *
 * @param connector the name of the connector
 * @param config the subscription's config, checked against the connector's schema, secrets in the clear
 * @param credential what goes before the credential fields of the config; null without a connection
 * @param secrets signing secrets, newest first; all of them sign (more than one while a rotation's grace lasts)
 * @param event what happened
 * @param transformed what the subscription's transform made of the event and is to be sent in its place; null without
 *     a transform
 * @param delivery the id of the delivery, for idempotency keys
 * @param attempt counts from 1
 * @param at when this attempt is made
 * @param timeout over everything: name look-up, connect, request, answer
 * @param success which answers count as success
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
        SuccessTest success) {

    /** The same with a credential that has been looked up, or has got its token. */
    public Message with(@Nullable Credential ready) {
        return new Message(
                connector,
                config,
                ready,
                secrets,
                event,
                transformed,
                delivery,
                attempt,
                replay,
                test,
                at,
                timeout,
                success);
    }

    /** The same with a config that holds the credential. */
    public Message with(ObjectNode whole) {
        return new Message(
                connector,
                whole,
                null,
                secrets,
                event,
                transformed,
                delivery,
                attempt,
                replay,
                test,
                at,
                timeout,
                success);
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
                return status == 429 || status / 100 != 1 && status / 100 != 3 && status / 100 != 4;
            }
        };

        /** Whether an answer with this status, if it is no success, may be followed by another attempt. */
        public boolean retries(int status) {
            return true;
        }
    }
}
