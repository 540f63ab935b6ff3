package io.waypost.connector.http.client;

import io.waypost.connector.Failure;
import io.waypost.connector.GatewayBusy;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.connector.http.client.HttpAnswer.NotSent;
import io.waypost.platform.Durations;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.TruncatedChunkException;
import org.jspecify.annotations.Nullable;

/** What an exception of the client means, in the stable codes of the API. */
public final class HttpFailures {

    private HttpFailures() {}

    static NoAnswer timeout(Duration limit) {
        return new NoAnswer(Failure.TIMEOUT, "no complete answer within " + Durations.format(limit));
    }

    static HttpAnswer of(Exception e) {
        if (e instanceof Unanswered known) {
            return known.answer();
        }
        return e instanceof GatewayBusy ? new NotSent(detail(e)) : new NoAnswer(code(e), detail(e));
    }

    /** The code of an exception of the network, whatever protocol went over it; null if it is none. Causes are not looked at. */
    public static @Nullable Failure ofNetwork(Throwable e) {
        return switch (e) {
            case AddressBlocked _ -> Failure.ADDRESS_BLOCKED;
            case AnswerTooLong _ -> Failure.INVALID_RESPONSE;
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

    private static Failure code(Exception e) {
        var network = ofNetwork(e);
        if (network != null) {
            return network;
        }
        return switch (e) {
            case HttpException _ -> Failure.INVALID_RESPONSE;
            case TruncatedChunkException _ -> Failure.CONNECTION_RESET;
            case MalformedChunkCodingException _ -> Failure.INVALID_RESPONSE;
            case MessageConstraintException _ -> Failure.INVALID_RESPONSE;
            case CharacterCodingException _ -> Failure.INVALID_RESPONSE;
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
