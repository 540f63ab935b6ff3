package io.waypost.connector.http.client;

import java.time.Duration;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpConstants;
import org.apache.camel.component.http.HttpMethods;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.jspecify.annotations.Nullable;

/** One request under way: travels as a property of the Camel exchange, and takes the answer. */
public final class HttpCall {

    private static final String PROPERTY = "waypostHttpCall";
    private static final String CAMEL = "camel";

    private final HttpRequest request;
    private final @Nullable ClientTls tls;
    private final Duration timeout;
    private final long deadline;
    private volatile @Nullable HttpAnswer answer;

    /**
     * @param tls null: without a client certificate
     * @param started {@link System#nanoTime()} of when the time limit began to run
     */
    public HttpCall(HttpRequest request, @Nullable ClientTls tls, Duration timeout, long started) {
        this.request = request;
        this.tls = tls;
        this.timeout = timeout;
        this.deadline = started + timeout.toNanos();
    }

    /** Makes the exchange one that the endpoint sends as this call: its headers, its body, its method and its URL. */
    public void putOn(Exchange exchange) {
        var message = exchange.getMessage();
        message.removeHeaders("*");
        request.headers().forEach((name, value) -> {
            if (!isCamels(name)) {
                message.setHeader(name, value);
            }
        });
        // An entity, because Camel would take one of bytes apart to read the type of its content.
        message.setBody(request.body() == null ? null : new ByteArrayEntity(request.body(), null));
        message.setHeader(HttpConstants.HTTP_URI, request.uri().toString());
        // The enum, not its name: a String would go through every type converter, on every request.
        message.setHeader(HttpConstants.HTTP_METHOD, HttpMethods.valueOf(request.method()));
        exchange.setProperty(PROPERTY, this);
    }

    /**
     * The call an exchange carries.
     *
     * @throws IllegalStateException if it carries none: the endpoint sends nothing without bounds
     */
    public static HttpCall of(Exchange exchange) {
        return Objects.requireNonNullElseGet(exchange.getProperty(PROPERTY, HttpCall.class), () -> {
            throw new IllegalStateException("the exchange carries no HTTP call");
        });
    }

    /** @throws IllegalStateException if the exchange has not been through the endpoint */
    public HttpAnswer answer() {
        var given = answer;
        if (given == null) {
            throw new IllegalStateException("the request was never sent");
        }
        return given;
    }

    /** The same with another request and the same deadline, after the answer to this one has come. */
    public HttpCall again(HttpRequest other) {
        return new HttpCall(other, tls, timeout, deadline - timeout.toNanos());
    }

    @Nullable
    ClientTls tls() {
        return tls;
    }

    HttpRequest request() {
        return request;
    }

    Duration timeout() {
        return timeout;
    }

    /** In the terms of {@link System#nanoTime()}. */
    public long deadline() {
        return deadline;
    }

    /** Whether Camel takes a header of that name for an order to itself. */
    static boolean isCamels(String header) {
        return header.regionMatches(true, 0, CAMEL, 0, CAMEL.length());
    }

    void answer(HttpAnswer given) {
        answer = given;
    }
}
