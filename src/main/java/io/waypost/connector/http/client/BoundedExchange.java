package io.waypost.connector.http.client;

import io.waypost.connector.Failure;
import io.waypost.connector.GatewayBusy;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;

/**
 * The bounds of every exchange: one deadline over name look-up, connect, TLS, request and answer, and at most 64 KiB of
 * the answer. Whatever happens becomes an {@link HttpAnswer}; Camel sees no exception and no stream.
 */
final class BoundedExchange implements ExecChainHandler {

    /** What the HTTP component stores the Camel exchange under while a listener is set. */
    private static final String CAMEL_EXCHANGE = "org.apache.camel.Exchange";

    private final Deadlines deadlines;

    BoundedExchange(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    @Override
    public ClassicHttpResponse execute(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain) {
        var exchange = (Exchange) scope.clientContext.getAttribute(CAMEL_EXCHANGE);
        var call = HttpCall.of(Objects.requireNonNull(exchange, "the activity listener is not set"));
        // What connections are kept apart by: none made with one client certificate serves a request with another, or
        // with none.
        scope.clientContext.setUserToken(call.tls());
        call.answer(answer(call, scope, chain));
        return new BasicClassicHttpResponse(HttpStatus.SC_OK);
    }

    private HttpAnswer answer(HttpCall call, ExecChain.Scope scope, ExecChain chain) {
        try (var watch = deadlines.watch(call.deadline(), (Cancellable) scope.originalRequest)) {
            try {
                var answer = ScopedValue.where(NameLookup.DEADLINE, call.deadline())
                        .<HttpAnswer, Exception>call(() -> exchange(call, scope, chain));
                return watch.fired() && isCut(answer) ? HttpFailures.timeout(call.timeout()) : answer;
            } catch (Exception e) {
                scope.execRuntime.discardEndpoint();
                if (e instanceof GatewayBusy) {
                    return HttpFailures.of(e);
                }
                var late = watch.fired() || System.nanoTime() - call.deadline() >= 0;
                return late ? HttpFailures.timeout(call.timeout()) : HttpFailures.of(e);
            }
        }
    }

    /** An answer that was read to its end in time stays one, even if the watch went off right after. */
    private static boolean isCut(HttpAnswer answer) {
        return answer instanceof NoAnswer;
    }

    private static HttpAnswer exchange(HttpCall call, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        // Never closed: what was read to its end has given its connection back, and closing would read on what was not.
        var response = proceed(call, scope, chain);
        var status = response.getCode();
        if (status > 999) {
            scope.execRuntime.discardEndpoint();
            return new NoAnswer(Failure.INVALID_RESPONSE, "%d is no HTTP status".formatted(status));
        }
        return new Answered(status, response, body(response, scope));
    }

    private static ClassicHttpResponse proceed(HttpCall call, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        while (true) {
            try {
                return chain.proceed(request(call, scope), scope);
            } catch (SpentConnection _) {
                // Nothing was sent and that connection is gone; the pool runs out of such ones, then makes a fresh one.
                scope.execRuntime.discardEndpoint();
            }
        }
    }

    private static ClassicHttpRequest request(HttpCall call, ExecChain.Scope scope) {
        var made = ClassicRequestBuilder.copy(scope.originalRequest).build();
        var wanted = call.request();
        made.setPath(wanted.target());
        wanted.headers().forEach(made::setHeader);
        made.setHeader("Accept-Encoding", "identity");
        var body = wanted.body();
        made.setEntity(body == null ? null : new ByteArrayEntity(body, null));
        return made;
    }

    private static byte[] body(ClassicHttpResponse response, ExecChain.Scope scope) throws IOException {
        var entity = response.getEntity();
        if (entity == null) {
            return new byte[0];
        }
        var length = entity.getContentLength();
        var kept = new ByteArrayOutputStream((int) Math.clamp(length, 64, HttpAnswer.MOST_BODY_BYTES));
        var buffer = new byte[4096];
        var in = entity.getContent();
        while (kept.size() < HttpAnswer.MOST_BODY_BYTES) {
            var count = in.read(buffer, 0, Math.min(buffer.length, HttpAnswer.MOST_BODY_BYTES - kept.size()));
            if (count < 0) {
                return kept.toByteArray();
            }
            kept.write(buffer, 0, count);
        }
        if (length != HttpAnswer.MOST_BODY_BYTES || in.read() >= 0) {
            scope.execRuntime.discardEndpoint();
        }
        return kept.toByteArray();
    }
}
