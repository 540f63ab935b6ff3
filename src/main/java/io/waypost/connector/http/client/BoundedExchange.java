package io.waypost.connector.http.client;

import io.waypost.connector.GatewayBusy;
import io.waypost.connector.http.client.HttpAnswer.Answered;
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
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;

/**
 * The bounds of every request that camel-http sends: one deadline over name look-up, connect, TLS, request and answer, and at
 * most 64 KiB of the answer. camel-http knows neither, and would decompress and keep what has no end; so the answer is read
 * here, into the {@link HttpCall}, and camel-http gets its status alone.
 */
final class BoundedExchange implements ExecChainHandler {

    /** What the HTTP component stores the Camel exchange under while a listener is set. */
    private static final String CAMEL_EXCHANGE = "org.apache.camel.Exchange";

    private final Deadlines deadlines;

    BoundedExchange(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    /** @throws Unanswered if there is no answer that could be used */
    @Override
    public ClassicHttpResponse execute(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws Unanswered {
        var exchange = (Exchange) scope.clientContext.getAttribute(CAMEL_EXCHANGE);
        var call = HttpCall.of(Objects.requireNonNull(exchange, "the activity listener is not set"));
        // What connections are kept apart by: none made with one client certificate serves a request with another, or
        // with none.
        scope.clientContext.setUserToken(call.tls());
        var answer = answer(request, call, scope, chain);
        call.answer(answer);
        // With a reason, because the client knows none for a status above 599.
        return new BasicClassicHttpResponse(answer.status(), "");
    }

    private Answered answer(ClassicHttpRequest request, HttpCall call, ExecChain.Scope scope, ExecChain chain)
            throws Unanswered {
        try (var watch = deadlines.watch(call.deadline(), (Cancellable) scope.originalRequest)) {
            try {
                // One that was read to its end in time is an answer, even if the watch went off right after.
                return ScopedValue.where(NameLookup.DEADLINE, call.deadline())
                        .<Answered, Exception>call(() -> exchange(request, call, scope, chain));
            } catch (Exception e) {
                scope.execRuntime.discardEndpoint();
                var late = watch.fired() || System.nanoTime() - call.deadline() >= 0;
                throw new Unanswered(
                        late && !(e instanceof GatewayBusy) ? HttpFailures.timeout(call.timeout()) : HttpFailures.of(e),
                        e);
            }
        }
    }

    private static Answered exchange(ClassicHttpRequest request, HttpCall call, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        // Never closed: what was read to its end has given its connection back, and closing would read on what was not.
        var response = proceed(request, call, scope, chain);
        var status = response.getCode();
        if (status > 999) {
            throw new ProtocolException("%d is no HTTP status".formatted(status));
        }
        return new Answered(status, response, body(response, scope));
    }

    private static ClassicHttpResponse proceed(
            ClassicHttpRequest request, HttpCall call, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        while (true) {
            try {
                return chain.proceed(exact(request, call.request()), scope);
            } catch (SpentConnection _) {
                // Nothing was sent and that connection is gone; the pool runs out of such ones, then makes a fresh one.
                scope.execRuntime.discardEndpoint();
            }
        }
    }

    /**
     * The request that camel-http has made, to the letter: it writes some characters of a path otherwise (~ as %7E), and sends
     * no header whose name begins with Camel.
     */
    private static ClassicHttpRequest exact(ClassicHttpRequest request, HttpRequest wanted) {
        var made = ClassicRequestBuilder.copy(request).build();
        made.setPath(wanted.target());
        wanted.headers().forEach((name, value) -> {
            if (!made.containsHeader(name)) {
                made.setHeader(name, value);
            }
        });
        made.setHeader("Accept-Encoding", "identity");
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
