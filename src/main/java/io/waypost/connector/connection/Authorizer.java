package io.waypost.connector.connection;

import io.waypost.connector.Credential;
import io.waypost.connector.Credential.Certificate;
import io.waypost.connector.Credential.Granted;
import io.waypost.connector.Credential.Stored;
import io.waypost.connector.Message;
import io.waypost.connector.connection.Tokens.NoToken;
import io.waypost.connector.http.client.ClientTls;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Gets the credential of a message ready to be sent: its connection looked up, its token there. */
@Component
public final class Authorizer {

    private final Credentials credentials;
    private final Tokens tokens;
    private final ClientCertificates certificates;

    Authorizer(Credentials credentials, Tokens tokens, ClientCertificates certificates) {
        this.credentials = credentials;
        this.tokens = tokens;
        this.certificates = certificates;
    }

    /**
     * The message with its connection looked up.
     *
     * @throws IllegalArgumentException if there is no such connection
     */
    public Message found(Message message) {
        if (!(message.credential() instanceof Stored stored)) {
            return message;
        }
        var found = credentials
                .find(message.event().tenant(), stored.connection())
                .orElseThrow(() -> new IllegalArgumentException(
                        "the connection %s is not there any more".formatted(stored.connection())));
        return message.with(found);
    }

    /**
     * The message with a token, if it needs one.
     *
     * @param own what the connector itself needs a token for, where no connection takes its place; null if for nothing
     * @param deadline until when to wait for it, in {@link System#nanoTime()}
     * @throws NoToken if there is none to be had
     */
    public Message ready(Message message, @Nullable Grant own, long deadline) {
        Credential needed = message.credential() == null && own != null ? new Granted(own, null) : message.credential();
        return needed instanceof Granted granted && granted.token() == null
                ? message.with(new Granted(granted.grant(), tokens.token(granted.grant(), deadline)))
                : message;
    }

    /**
     * The message with another token in the place of one that was refused; null if it has none that can be renewed.
     *
     * @throws NoToken if there is none to be had
     */
    public @Nullable Message renewed(Message message, long deadline) {
        return message.credential() instanceof Granted granted && granted.token() != null
                ? message.with(new Granted(granted.grant(), tokens.renewed(granted.grant(), granted.token(), deadline)))
                : null;
    }

    /**
     * The client certificate to show; null if there is none.
     *
     * @throws IllegalArgumentException if it cannot be used
     */
    public @Nullable ClientTls tls(Message message) {
        return message.credential() instanceof Certificate certificate ? certificates.tls(certificate) : null;
    }
}
