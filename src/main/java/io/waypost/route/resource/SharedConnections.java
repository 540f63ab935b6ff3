package io.waypost.route.resource;

import java.io.IOException;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.client5.http.io.LeaseRequest;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** Somebody else's connections: camel-http closes what it is given when an endpoint or a context ends, and these go on. */
record SharedConnections(HttpClientConnectionManager owner) implements HttpClientConnectionManager {

    @Override
    public LeaseRequest lease(String id, HttpRoute route, Timeout timeout, @Nullable Object state) {
        return owner.lease(id, route, timeout, state);
    }

    @Override
    public void release(ConnectionEndpoint endpoint, @Nullable Object state, TimeValue validDuration) {
        owner.release(endpoint, state, validDuration);
    }

    @Override
    public void connect(ConnectionEndpoint endpoint, TimeValue timeout, HttpContext context) throws IOException {
        owner.connect(endpoint, timeout, context);
    }

    @Override
    public void upgrade(ConnectionEndpoint endpoint, HttpContext context) throws IOException {
        owner.upgrade(endpoint, context);
    }

    @Override
    public void close(CloseMode mode) {
        // Its owner closes it.
    }

    @Override
    public void close() {
        // As above.
    }
}
