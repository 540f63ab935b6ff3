package io.waypost.connector.connection;

import org.jspecify.annotations.Nullable;

/** What an OAuth 2 server gives an access token for. Equal ones share a token. */
public sealed interface Grant {

    /** What the objects take beside their characters. */
    int OVERHEAD = 250;

    /** Where tokens are given out; http or https. */
    String tokenUrl();

    /** About what it takes of memory. */
    int bytes();

    /**
     * The client's own credentials.
     *
     * @param scope names parted by spaces; null: whatever the server gives
     * @see <a href="https://www.rfc-editor.org/rfc/rfc6749#section-4.4">RFC 6749, section 4.4</a>
     */
    record ClientCredentials(
            String tokenUrl,
            String clientId,
            String clientSecret,
            @Nullable String scope) implements Grant {

        @Override
        public int bytes() {
            var lengths = tokenUrl.length()
                    + clientId.length()
                    + clientSecret.length()
                    + (scope == null ? 0 : scope.length());
            return OVERHEAD + 2 * lengths;
        }

        @Override
        public String toString() {
            return "ClientCredentials[%s]".formatted(tokenUrl);
        }
    }

    /**
     * A signed statement of who one is, as service accounts make.
     *
     * @param privateKey RSA, PEM
     * @see <a href="https://www.rfc-editor.org/rfc/rfc7523#section-2.1">RFC 7523, section 2.1</a>
     */
    record JwtBearer(
            String tokenUrl,
            String issuer,
            String privateKey,
            @Nullable String scope) implements Grant {

        @Override
        public int bytes() {
            var lengths =
                    tokenUrl.length() + issuer.length() + privateKey.length() + (scope == null ? 0 : scope.length());
            return OVERHEAD + 2 * lengths;
        }

        @Override
        public String toString() {
            return "JwtBearer[%s]".formatted(tokenUrl);
        }
    }
}
