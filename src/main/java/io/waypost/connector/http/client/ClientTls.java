package io.waypost.connector.http.client;

import java.util.Objects;
import javax.net.ssl.SSLContext;

/**
 * How a request sets up TLS, if not as all do: with a client certificate. Connections are used again only by requests with an
 * equal one.
 */
public final class ClientTls {

    /**
     * What it was made of.
     *
     * @param id of what holds the certificate
     * @param revision another one with each change
     */
    public record Key(String id, long revision) {}

    private final Key key;
    private final SSLContext context;

    public ClientTls(Key key, SSLContext context) {
        this.key = key;
        this.context = context;
    }

    SSLContext context() {
        return context;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClientTls tls && key.equals(tls.key);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(key);
    }

    @Override
    public String toString() {
        return "ClientTls" + key;
    }
}
