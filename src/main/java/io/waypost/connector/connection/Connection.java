package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Credential;
import io.waypost.connector.Masking;
import io.waypost.connector.connection.Grant.ClientCredentials;
import io.waypost.platform.Refused;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A credential that is stored once and used by many subscriptions. Never changes; an update makes a new one with the same
 * {@code id}.
 *
 * @param no the internal number, by which lists are ordered
 * @param revision grows with every change of any connection or subscription, in commit order
 * @param config in the clear
 * @param unreadable why this node cannot read its config, which is empty then, as the end of a sentence; null: it can
 */
public record Connection(
        long no,
        String id,
        long revision,
        String tenant,
        String name,
        Kind kind,
        ObjectNode config,
        Instant createdAt,
        Instant updatedAt,
        @Nullable String unreadable) {

    /** One that can be read. */
    public Connection(
            long no,
            String id,
            long revision,
            String tenant,
            String name,
            Kind kind,
            ObjectNode config,
            Instant createdAt,
            Instant updatedAt) {
        this(no, id, revision, tenant, name, kind, config, createdAt, updatedAt, null);
    }

    /** Whether this node has its credential. */
    public boolean readable() {
        return unreadable == null;
    }

    /**
     * The same, for what needs its config.
     *
     * @throws Refused (overloaded) if this node cannot read it
     */
    public Connection requireReadable() {
        if (!readable()) {
            throw Refused.unreadable("The connection " + id, unreadable);
        }
        return this;
    }

    /** What it is, and which field of its config is the secret one. */
    public enum Kind {
        BEARER("token"),
        HEADER("value"),
        BASIC("password"),
        OAUTH2("clientSecret"),
        MTLS("privateKey");

        private final String secret;

        Kind(String secret) {
            this.secret = secret;
        }

        public String secret() {
            return secret;
        }

        /** As the API writes it. */
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What it gives to an attempt. */
    public Credential credential() {
        return switch (kind) {
            case BEARER -> new Credential.Token(text("token"));
            case HEADER -> new Credential.Header(text("header"), text("value"));
            case BASIC -> new Credential.Login(text("username"), text("password"));
            case OAUTH2 -> new Credential.Granted(grant(config), null);
            case MTLS ->
                new Credential.Certificate(
                        id,
                        revision,
                        text("certificate"),
                        text("privateKey"),
                        config.path("ca").textValue());
        };
    }

    /** What the config of the kind {@link Kind#OAUTH2} asks a token for. */
    static Grant grant(ObjectNode config) {
        return new ClientCredentials(
                config.path("tokenUrl").asText(),
                config.path("clientId").asText(),
                config.path("clientSecret").asText(),
                config.path("scope").textValue());
    }

    /** The config with its secret masked. */
    ObjectNode masked() {
        return readable() ? config.deepCopy().put(kind.secret(), Masking.MASK) : config;
    }

    private String text(String field) {
        return config.path(field).asText();
    }

    @Override
    public String toString() {
        return "Connection[%s, %s, revision %d]".formatted(id, kind, revision);
    }
}
