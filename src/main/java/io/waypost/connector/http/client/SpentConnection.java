package io.waypost.connector.http.client;

import java.io.IOException;

/** A pooled connection that turned out to be of no use before anything was sent on it, so another one may be taken. */
final class SpentConnection extends IOException {

    private static final long serialVersionUID = 1;

    SpentConnection() {
        super("the pooled connection was closed by the other side");
    }
}
