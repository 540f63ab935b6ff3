package io.waypost.connector;

import io.waypost.connector.connection.Grant;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a connection gives to an attempt. As text none of them tells its secret, so that no log ever does. */
public sealed interface Credential {

    /** What stands in front of a token that an OAuth 2 server gave, and of one that is simply known. */
    String BEARER = "Bearer ";

    /** The connection of this id, which nobody has looked up yet. */
    record Stored(String connection) implements Credential {}

    /** One secret, sent the way the connector sends its own. */
    record Token(String token) implements Credential {

        @Override
        public String toString() {
            return "Token[***]";
        }
    }

    record Login(String username, String password) implements Credential {

        @Override
        public String toString() {
            return "Login[***]";
        }
    }

    record Header(String name, String value) implements Credential {

        @Override
        public String toString() {
            return "Header[%s: ***]".formatted(name);
        }
    }

    /**
     * A token that an OAuth 2 server gives.
     *
     * @param token null: not asked for yet
     */
    record Granted(Grant grant, @Nullable String token) implements Credential {

        @Override
        public String toString() {
            return "Granted[***]";
        }
    }

    /**
     * A client certificate, shown when TLS is set up.
     *
     * @param id of the connection, with its revision: what tells one certificate from another
     * @param certificate the chain, its own first; PEM, as the others are
     * @param ca whom alone to trust; null: whom the system trusts
     */
    record Certificate(
            String id,
            long revision,
            String certificate,
            String privateKey,
            @Nullable String ca) implements Credential {

        @Override
        public String toString() {
            return "Certificate[%s]".formatted(id);
        }
    }

    /** What a subscription's connection is before it is looked up; null if it has none. */
    static @Nullable Credential of(@Nullable String connection) {
        return connection == null ? null : new Stored(connection);
    }

    /**
     * The header that carries it; null for what no header carries.
     *
     * @throws IllegalStateException if it is not ready to be sent: not looked up, or without its token
     */
    default @Nullable Header header() {
        return switch (this) {
            case Token(var token) -> new Header("Authorization", BEARER + token);
            case Login(var username, var password) -> new Header("Authorization", basic(username, password));
            case Header header -> header;
            case Granted granted when granted.token != null -> new Header("Authorization", BEARER + granted.token);
            case Certificate certificate -> null;
            default -> throw new IllegalStateException("the credential is not ready: " + this);
        };
    }

    /** Puts its header, if it has one, in the place of any of the same name. */
    default void putOn(Map<String, String> headers) {
        var header = header();
        if (header != null) {
            headers.keySet().removeIf(header.name()::equalsIgnoreCase);
            headers.put(header.name(), header.value());
        }
    }

    /** The same shape without its secret, to be looked at. */
    default Credential masked() {
        return switch (this) {
            case Token token -> new Token(Masking.MASK);
            case Login login -> new Login(login.username, Masking.MASK);
            case Header header -> new Header(header.name, Masking.MASK);
            case Granted granted -> new Granted(granted.grant, Masking.MASK);
            default -> this;
        };
    }

    /** What follows {@code Authorization:} for a user; of a masked password nothing is encoded, so that it shows. */
    static String basic(String username, String password) {
        var text = username + ":" + password;
        return "Basic "
                + (password.equals(Masking.MASK)
                        ? Masking.MASK
                        : Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    }
}
