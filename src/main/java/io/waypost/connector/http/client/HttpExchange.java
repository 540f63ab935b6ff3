package io.waypost.connector.http.client;

import io.waypost.platform.OpenFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Producer;
import org.apache.camel.component.http.HttpActivityListener;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one camel-http endpoint all requests to receivers go through, {@value #URI}, and the client under it. An exchange
 * sent there must carry an {@link HttpCall}.
 */
public final class HttpExchange implements AutoCloseable {

    /** The component's name in Camel. */
    public static final String COMPONENT = "receiver-http";

    /** Where a Kamelet sends what carries an {@link HttpCall}. */
    public static final String URI = COMPONENT + "://receiver";

    private static final Logger LOG = LoggerFactory.getLogger(HttpExchange.class);
    private static final int MOST_CONNECTIONS = 10_000;
    private static final Timeout CONNECT = Timeout.ofSeconds(10);
    private static final TimeValue KEPT = TimeValue.ofSeconds(60);
    private static final Http1Config LIMITS = Http1Config.custom()
            .setMaxLineLength(8 * 1024)
            .setMaxHeaderCount(200)
            .setMaxEmptyLineCount(4)
            .build();

    private static final DefaultClientTlsStrategy USUAL_TLS = DefaultClientTlsStrategy.createDefault();

    private final CamelContext camel;
    private final Deadlines deadlines = new Deadlines();
    private final PoolingHttpClientConnectionManager connections;
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("http-idle-connections").daemon().factory());

    private volatile @Nullable Producer producer;

    /** Registers the component in the context. */
    public HttpExchange(CamelContext camel, DnsResolver resolver, UserAgent userAgent) {
        this.camel = camel;
        this.connections = connections(resolver);
        camel.addComponent(COMPONENT, component(userAgent));
        var _ = sweeper.scheduleWithFixedDelay(this::sweep, 5, 5, TimeUnit.SECONDS);
    }

    /** The guarded pool, for other HTTP endpoints that must keep to the same addresses. */
    public HttpClientConnectionManager connections() {
        return connections;
    }

    /**
     * Sends one request outside any route.
     *
     * @param limit over everything, as for a delivery
     */
    public HttpAnswer send(HttpRequest request, Duration limit) {
        return send(new HttpCall(request, null, limit, System.nanoTime()));
    }

    /** Sends one request outside any route, within the deadline of the call. */
    public HttpAnswer send(HttpCall call) {
        var sends = producer();
        var exchange = sends.getEndpoint().createExchange();
        call.putOn(exchange);
        try {
            sends.process(exchange);
        } catch (Exception e) {
            exchange.setException(e);
        }
        var failure = exchange.getException();
        return failure == null ? call.answer() : HttpFailures.of(failure);
    }

    /** Made at first use: Camel has to have the component first. */
    private Producer producer() {
        var made = producer;
        return made == null ? makeProducer() : made;
    }

    private synchronized Producer makeProducer() {
        if (producer == null) {
            try {
                var made = camel.getEndpoint(URI).createProducer();
                made.start();
                producer = made;
            } catch (Exception e) {
                throw new IllegalStateException("camel-http does not start", e);
            }
        }
        return producer;
    }

    @Override
    public void close() {
        sweeper.shutdownNow();
        deadlines.close();
        connections.close();
    }

    /** Closes what has been idle for long, and forgets hosts without a connection. */
    void sweep() {
        try {
            connections.closeExpired();
            connections.closeIdle(KEPT);
        } catch (RuntimeException e) {
            LOG.warn("Idle connections could not be closed; trying again in 5 s", e);
        }
    }

    private HttpComponent component(UserAgent userAgent) {
        var component = new Receivers();
        component.setClientConnectionManager(connections);
        component.setHttpClientConfigurer(this::configure);
        component.setHttpActivityListener(new ExchangeInContext());
        component.setAutomaticRetriesDisabled(true);
        component.setRedirectHandlingDisabled(true);
        component.setFollowRedirects(false);
        component.setContentCompressionDisabled(true);
        component.setCookieManagementDisabled(true);
        component.setAuthCachingDisabled(true);
        component.setConnectionStateDisabled(true);
        component.setUserAgent(userAgent.value());
        component.setConnectTimeout(CONNECT.toMilliseconds());
        component.setConnectionRequestTimeout(0);
        component.setSoTimeout(0);
        component.setCopyHeaders(false);
        component.setHeaderFilterStrategy(new HeadersOfTheCall());
        component.setSkipResponseHeaders(true);
        return component;
    }

    private void configure(HttpClientBuilder client) {
        client.setRequestExecutor(new CheckingExecutor());
        client.addExecInterceptorFirst("bounds", new BoundedExchange(deadlines));
    }

    private static PoolingHttpClientConnectionManager connections(DnsResolver resolver) {
        var tls = RegistryBuilder.<TlsSocketStrategy>create()
                .register(URIScheme.HTTPS.id, HttpExchange::tls)
                .build();
        // A channel's socket, because only a channel can be looked into without waiting.
        var operator = new DefaultHttpClientConnectionOperator(
                _ -> SocketChannel.open().socket(), null, resolver, tls);
        // Strict, because the lax pool remembers each host that was ever tried.
        var made = new PoolingHttpClientConnectionManager(
                operator,
                PoolConcurrencyPolicy.STRICT,
                PoolReusePolicy.LIFO,
                KEPT,
                _ -> new ReceiverConnection(LIMITS));
        var most = OpenFiles.connections(MOST_CONNECTIONS);
        made.setDefaultMaxPerRoute(most);
        made.setMaxTotal(most);
        made.setDefaultConnectionConfig(ConnectionConfig.custom()
                .setTimeToLive(KEPT)
                .setConnectTimeout(CONNECT)
                .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                .build());
        return made;
    }

    /** As everybody does, or with the client certificate of the request that the connection is made for. */
    private static SSLSocket tls(Socket socket, String target, int port, Object attachment, HttpContext context)
            throws IOException {
        var own = HttpClientContext.castOrCreate(context).getUserToken() instanceof ClientTls client ? client : null;
        var strategy = own == null ? USUAL_TLS : new DefaultClientTlsStrategy(own.context());
        return strategy.upgrade(socket, target, port, attachment, context);
    }

    /** Looks at a pooled connection before anything is sent on it. */
    private static final class CheckingExecutor extends HttpRequestExecutor {

        @Override
        public ClassicHttpResponse execute(
                ClassicHttpRequest request,
                HttpClientConnection connection,
                HttpResponseInformationCallback interim,
                HttpContext context)
                throws IOException, HttpException {
            if (connection instanceof ReceiverConnection pooled && pooled.spent()) {
                throw new SpentConnection();
            }
            return super.execute(request, connection, interim, context);
        }
    }

    /** Any status is an answer, and whatever has a body sends it. */
    private static final class Receivers extends HttpComponent {

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
                throws Exception {
            var endpoint = super.createEndpoint(uri, remaining, parameters);
            if (endpoint instanceof HttpEndpoint http) {
                http.setThrowExceptionOnFailure(false);
                http.setDeleteWithBody(true);
                http.setGetWithBody(true);
            }
            return endpoint;
        }
    }

    /** Lets out what the call says, and nothing else that an exchange may have; nothing comes in. */
    private static final class HeadersOfTheCall implements HeaderFilterStrategy {

        @Override
        public boolean applyFilterToCamelHeaders(String name, Object value, Exchange exchange) {
            return HttpCall.isCamels(name)
                    || !HttpCall.of(exchange).request().headers().containsKey(name);
        }

        @Override
        public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
            return true;
        }
    }

    /** Does nothing; that there is a listener makes Camel hand the exchange to the client. */
    private static final class ExchangeInContext implements HttpActivityListener {

        @Override
        public void onRequestSubmitted(
                Object source,
                Exchange exchange,
                HttpHost host,
                org.apache.hc.core5.http.HttpRequest request,
                HttpEntity body) {}

        @Override
        public void onResponseReceived(
                Object source, Exchange exchange, HttpHost host, HttpResponse response, HttpEntity body, long millis) {}
    }
}
