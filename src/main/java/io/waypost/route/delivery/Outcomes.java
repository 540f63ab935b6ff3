package io.waypost.route.delivery;

import io.waypost.connector.Failure;
import io.waypost.connector.GatewayBusy;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.connector.http.client.AddressBlocked;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.jspecify.annotations.Nullable;

/** What the exception that ended a flow means for the delivery. */
public final class Outcomes {

    private static final Duration USUAL_WAIT = Duration.ofSeconds(30);
    private static final int MOST_SECONDS = 24 * 60 * 60;
    private static final int MOST_BODY = 1024;

    private Outcomes() {}

    /** @param thrown by any step; the innermost cause that says something decides */
    public static Outcome of(Throwable thrown) {
        for (var cause = thrown; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case NotSent known -> {
                    return known.outcome();
                }
                case HttpOperationFailedException http -> {
                    return of(http);
                }
                case GatewayBusy busy -> {
                    return new Postponed(busy.getMessage());
                }
                default -> {
                    // Its cause may say more.
                }
            }
        }
        var root = root(thrown);
        var message = root.getMessage();
        return new Failed(code(root), message == null ? root.getClass().getSimpleName() : message);
    }

    private static Outcome of(HttpOperationFailedException http) {
        var status = http.getStatusCode();
        var body = http.getResponseBody();
        var shown = body == null || body.length() <= MOST_BODY ? body : body.substring(0, MOST_BODY);
        var wait = retryAfter(http);
        return status == 429
                ? new Throttled(wait == null ? USUAL_WAIT : wait, "HTTP status 429", status, shown)
                : new Failed(Failure.HTTP_STATUS, "HTTP status " + status, status, shown, wait, true);
    }

    private static @Nullable Duration retryAfter(HttpOperationFailedException http) {
        var headers = http.getResponseHeaders();
        var value = headers == null ? null : headers.get("Retry-After");
        return value != null && value.matches("[0-9]{1,9}")
                ? Duration.ofSeconds(Math.min(Integer.parseInt(value), MOST_SECONDS))
                : null;
    }

    private static Failure code(Throwable root) {
        return switch (root) {
            case AddressBlocked _ -> Failure.ADDRESS_BLOCKED;
            case UnknownHostException _ -> Failure.DNS_FAILURE;
            case ConnectException _ -> Failure.CONNECTION_REFUSED;
            case SSLException _ -> Failure.TLS_FAILURE;
            case SocketException _ -> Failure.CONNECTION_RESET;
            case InterruptedIOException _ -> Failure.TIMEOUT;
            default -> Failure.CONNECTOR_FAILED;
        };
    }

    private static Throwable root(Throwable thrown) {
        var cause = thrown.getCause();
        return cause == null || cause == thrown ? thrown : root(cause);
    }
}
