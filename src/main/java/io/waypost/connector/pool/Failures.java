package io.waypost.connector.pool;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.http.client.AddressBlocked;
import java.io.EOFException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What an exception of a client means, in the stable codes of the API, when nothing is known about it but its causes. */
public final class Failures {

    private static final int DEEPEST = 12;

    private Failures() {}

    public static Outcome of(Exception e) {
        for (var cause : causes(e)) {
            var failure = code(cause);
            if (failure != null) {
                return new Failed(failure, message(cause));
            }
        }
        return new Failed(Failure.CONNECTOR_FAILED, message(e));
    }

    /** The exception and what it was caused by, outermost first. */
    public static List<Throwable> causes(Throwable e) {
        var all = new ArrayList<Throwable>();
        for (var cause = e; cause != null && all.size() < DEEPEST; cause = cause.getCause()) {
            all.add(cause);
        }
        return all;
    }

    /** Its message as one line; the name of its type if it has none. */
    public static String message(Throwable e) {
        var message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : message.strip().replaceAll("\\s+", " ");
    }

    private static @Nullable Failure code(Throwable e) {
        return switch (e) {
            case AddressBlocked _ -> Failure.ADDRESS_BLOCKED;
            case UnknownHostException _ -> Failure.DNS_FAILURE;
            case ConnectException _ -> Failure.CONNECTION_REFUSED;
            case NoRouteToHostException _ -> Failure.CONNECTION_REFUSED;
            case SSLException tls when tls.getCause() instanceof SocketException -> Failure.CONNECTION_RESET;
            case SSLException _ -> Failure.TLS_FAILURE;
            case InterruptedIOException _ -> Failure.TIMEOUT;
            case TimeoutException _ -> Failure.TIMEOUT;
            case SocketException _ -> Failure.CONNECTION_RESET;
            case EOFException _ -> Failure.CONNECTION_RESET;
            default -> null;
        };
    }
}
