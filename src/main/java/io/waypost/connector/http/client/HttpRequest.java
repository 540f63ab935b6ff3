package io.waypost.connector.http.client;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request exactly as it is to leave.
 *
 * @param uri http or https, with a host, ASCII only, no user information
 * @param headers without {@code Host} and {@code Content-Length}, which the client sets
 * @param body null for none
 */
public record HttpRequest(String method, URI uri, Map<String, String> headers, byte @Nullable [] body) {

    /** Path and query as they go on the request line. */
    String target() {
        var path = uri.getRawPath();
        var query = uri.getRawQuery();
        var start = path == null || path.isEmpty() ? "/" : path;
        return query == null ? start : start + "?" + query;
    }
}
