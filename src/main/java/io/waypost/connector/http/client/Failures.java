package io.waypost.connector.http.client;

import io.waypost.connector.Failure;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.platform.Durations;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.TruncatedChunkException;
import org.jspecify.annotations.Nullable;

/** What an exception of the client means, in the stable codes of the API. */
final class Failures {

    private Failures() {}

    static NoAnswer timeout(Duration limit) {
        return new NoAnswer(Failure.TIMEOUT, "no complete answer within " + Durations.format(limit));
    }

    static NoAnswer of(Exception e) {
        return new NoAnswer(code(e), detail(e));
    }

    private static Failure code(Exception e) {
        return switch (e) {
            case AddressBlocked _ -> Failure.ADDRESS_BLOCKED;
            case UnknownHostException _ -> Failure.DNS_FAILURE;
            case ConnectException _ -> Failure.CONNECTION_REFUSED;
            case NoRouteToHostException _ -> Failure.CONNECTION_REFUSED;
            case SSLException tls when tls.getCause() instanceof SocketException -> Failure.CONNECTION_RESET;
            case SSLException _ -> Failure.TLS_FAILURE;
            case HttpException _ -> Failure.INVALID_RESPONSE;
            case TruncatedChunkException _ -> Failure.CONNECTION_RESET;
            case MalformedChunkCodingException _ -> Failure.INVALID_RESPONSE;
            case CharacterCodingException _ -> Failure.INVALID_RESPONSE;
            case InterruptedIOException _ -> Failure.TIMEOUT;
            case IOException _ -> Failure.CONNECTION_RESET;
            default -> Failure.CONNECTOR_FAILED;
        };
    }

    private static String detail(Exception e) {
        var message = firstMessage(e);
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static @Nullable String firstMessage(Throwable e) {
        var message = e.getMessage();
        var cause = e.getCause();
        return message != null || cause == null ? message : firstMessage(cause);
    }
}
