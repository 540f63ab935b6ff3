package io.waypost.route.resource;

import io.waypost.connector.http.client.HttpExchange;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.camel.component.http.HttpComponent;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;

/** camel-http for flows: one request a step, only to addresses that may be reached, answers of a bounded size. */
public final class GuardedHttp {

    /** 4 MiB. */
    private static final long MOST_ANSWER_BYTES = 4L * 1024 * 1024;

    private static final long CONNECT_MILLIS = 10_000;
    private static final long ANSWER_MILLIS = 30_000;

    private GuardedHttp() {}

    public static HttpComponent component(HttpExchange guarded) {
        var component = new HttpComponent();
        component.setClientConnectionManager(new SharedConnections(guarded.connections()));
        component.setHttpClientConfigurer(GuardedHttp::bound);
        component.setAutomaticRetriesDisabled(true);
        component.setRedirectHandlingDisabled(true);
        component.setFollowRedirects(false);
        component.setContentCompressionDisabled(true);
        component.setCookieManagementDisabled(true);
        component.setAuthCachingDisabled(true);
        component.setConnectTimeout(CONNECT_MILLIS);
        component.setConnectionRequestTimeout(CONNECT_MILLIS);
        component.setSoTimeout(ANSWER_MILLIS);
        component.setResponseTimeout(ANSWER_MILLIS);
        return component;
    }

    private static void bound(HttpClientBuilder client) {
        client.addExecInterceptorFirst("bound", (request, scope, chain) -> {
            var sent = request.getEntity();
            if (sent != null && sent.getContentType() == null && sent.getContent() instanceof JsonStream) {
                request.setHeader(HttpHeaders.CONTENT_TYPE, ContentType.APPLICATION_JSON.toString());
            }
            var response = chain.proceed(request, scope);
            var entity = response.getEntity();
            if (entity != null) {
                response.setEntity(new BoundedEntity(entity));
            }
            return response;
        });
    }

    private static final class BoundedEntity extends HttpEntityWrapper {

        BoundedEntity(HttpEntity entity) {
            super(entity);
        }

        @Override
        public InputStream getContent() throws IOException {
            return new BoundedStream(super.getContent());
        }
    }

    private static final class BoundedStream extends FilterInputStream {

        private long left = MOST_ANSWER_BYTES;

        BoundedStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            var one = super.read();
            count(one < 0 ? 0 : 1);
            return one;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            var read = super.read(bytes, from, length);
            count(Math.max(read, 0));
            return read;
        }

        private void count(int bytes) throws IOException {
            left -= bytes;
            if (left < 0) {
                throw new IOException("the answer is larger than the 4 MiB that a flow may read");
            }
        }
    }
}
