package io.waypost.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/** What every figure is compared with: HttpClient 5 that posts the same bytes to the same receiver, and nothing else. */
final class BareLoop {

    private static final int THREADS = 32;

    private BareLoop() {}

    /** @return requests a second, after a warm-up of the same length */
    static double perSecond(FastReceiver receiver, int bytes, int seconds) {
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(THREADS)
                .setMaxConnPerRoute(THREADS)
                .build();
        try (var client = HttpClients.custom().setConnectionManager(connections).build()) {
            var body = new byte[bytes];
            var sent = new LongAdder();
            var ended = new AtomicBoolean();
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < THREADS; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    while (!ended.get()) {
                        var post = new HttpPost(receiver.url("/bare"));
                        post.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
                        try {
                            client.execute(post, response -> response.getCode());
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                        sent.increment();
                    }
                }));
            }
            var rate = Measure.perSecond(sent::sum, seconds, seconds);
            ended.set(true);
            for (var thread : threads) {
                thread.join();
            }
            return rate;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
