package io.waypost.connector;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A way out of the gateway. One per kind of receiver, shared by all its subscriptions, safe for many threads. */
public interface Connector {

    ConnectorDescription description();

    /**
     * Sends one message and says what came of it. Makes exactly one attempt: when to try again is the {@code delivery}
     * package's business. Blocks for at most the message's timeout, so call it from a virtual thread.
     *
     * @return the outcome, failures included
     * @throws RuntimeException only for a bug in the connector itself; the caller treats it as retryable
     */
    Outcome send(Message message);

    /**
     * What {@link #send} would send, without sending it.
     *
     * @return null if the connector does not speak HTTP
     */
    @org.jspecify.annotations.Nullable
    PreparedRequest prepare(Message message);

    /**
     * Whether this node can send to it at all. Where it cannot, another node does; nothing is sent, and no attempt is made,
     * as long as none can.
     */
    default boolean isHere(com.fasterxml.jackson.databind.node.ObjectNode config) {
        return true;
    }

    /**
     * The config fields that decide where the secrets in a config are sent, and who else can read them on the way: whoever
     * changes one of them has to give the secrets again. Unless more is known of the connector, all but its expressions.
     */
    default Set<String> places() {
        var places = new HashSet<String>();
        description().schema().path("properties").properties().forEach(field -> {
            if (!field.getValue().path("format").asText().equals("jsonata")) {
                places.add(field.getKey());
            }
        });
        return places;
    }

    /** Whether all nodes can send to what this one can send to: unless one is about to learn of it, or lacks its file. */
    default boolean isEverywhere() {
        return true;
    }

    /** Proves that the config works, by a harmless call to the other side where it offers one. */
    CheckResult check(com.fasterxml.jackson.databind.node.ObjectNode config);

    /**
     * A subscription does not send to this place any more: what is kept open for it may be closed. Another one that still
     * does opens it again.
     */
    default void release(String tenant, com.fasterxml.jackson.databind.node.ObjectNode config, Duration timeout) {}

    record CheckResult(boolean ok, String detail) {}

    /** An HTTP request as it would leave, for a person to look at. */
    record PreparedRequest(String method, String url, Map<String, String> headers, String body) {}
}
