package io.waypost.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.waypost.platform.Memory;
import io.waypost.testing.Api;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small heap, large events and many receivers: it takes less at once, and loses nothing. */
class MemoryIT {

    private static final String KEY = "the-admin-key-of-this-test";
    private static final int PUBLISHERS = 16;
    private static final int EACH = 2;
    private static final int SUBSCRIPTIONS = Integer.getInteger("waypost.test.subscriptions", 10);
    private static final Duration LONG = Duration.ofMinutes(3).plusSeconds(SUBSCRIPTIONS);

    /** While memory is short an attempt may run out of its time more than once. */
    private static final String SOON_AGAIN = Collections.nCopies(20, "\"5s\"").toString();

    @TempDir
    private Path home;

    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private WaypostProcess waypost;
    private HttpServer receiver;

    @BeforeEach
    void make() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        receiver.createContext("/", this::receive);
        receiver.start();
        waypost = WaypostProcess.unpackedIn(home)
                .with("WAYPOST_ADMIN_KEY", KEY)
                .with("WAYPOST_ALLOW_PRIVATE_NETWORKS", "true");
    }

    @AfterEach
    void end() {
        waypost.close();
        receiver.stop(0);
    }

    /** Keeps no bodies: they would fill the memory of the tests. */
    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            seen.add(exchange.getRequestURI() + exchange.getRequestHeaders().getFirst("webhook-id"));
            exchange.sendResponseHeaders(204, -1);
        }
    }

    @Test
    void withASmallHeapManyLargeEventsAtOnceAreStoredOrRefusedAndAllThatIsStoredArrives() throws Exception {
        waypost.withFlag("-Xmx192m").start();
        subscribe();
        var stored = publish();

        assertThat(stored).isPositive();
        waypost.api(null).get("/actuator/health").expect(200);
        await().atMost(LONG).until(() -> seen.size() == stored * SUBSCRIPTIONS);
        waypost.api(null).get("/actuator/health").expect(200);
        assertThat(waypost.text()).doesNotContain("OutOfMemory", "Out of memory");
    }

    /** With the smaller one memory runs out; with the other nearly so, and collections may leave time for nothing else. */
    @ParameterizedTest
    @ValueSource(ints = {80, 110})
    void withFarTooSmallAHeapItGoesOnOrEndsAndTheNextStartGoesOnWithWhatIsStored(int mebibytes) throws Exception {
        waypost.withFlag("-Xmx%dm".formatted(mebibytes)).start();
        subscribe();
        var stored = publish();

        await().atMost(LONG).until(() -> waypost.hasEnded() || allHasArrived(stored));
        if (waypost.hasEnded()) {
            assertThat(waypost.awaitEnd(Duration.ZERO)).isEqualTo(Memory.EXIT_CODE);
            assertThat(waypost.text()).contains("Out of memory: the gateway ends");
            waypost.withFlag("-Xmx256m").start();
        }
        await().atMost(LONG).until(() -> allHasArrived(stored));
    }

    private boolean allHasArrived(int stored) {
        return seen.size() >= stored * SUBSCRIPTIONS;
    }

    private void subscribe() {
        var admin = waypost.admin();
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            admin.post("/v1/subscriptions", """
                            {"event": "large", "config": {"url": "http://127.0.0.1:%d/%d"}, "retry": {"schedule": %s}}""".formatted(receiver.getAddress().getPort(), i, SOON_AGAIN))
                    .expect(201);
        }
    }

    /** @return how many events were stored; the others were refused, to be sent again */
    private int publish() throws Exception {
        var stored = new AtomicInteger();
        try (var publishers = Executors.newFixedThreadPool(PUBLISHERS)) {
            var all = new ArrayList<Future<?>>();
            for (int p = 0; p < PUBLISHERS; p++) {
                all.add(publishers.submit(() -> {
                    for (int i = 0; i < EACH; i++) {
                        Api.Answer answer;
                        try {
                            answer = waypost.admin().post("/v1/events", """
                                    {"type": "large", "data": {"text": "%s"}}""".formatted("x".repeat(1_000_000)));
                        } catch (IllegalStateException _) {
                            return; // it has ended: nothing was promised
                        }
                        assertThat(answer.status()).isIn(202, 503);
                        if (answer.status() == 202) {
                            stored.incrementAndGet();
                        } else {
                            assertThat(answer.header("Retry-After")).isNotNull();
                        }
                    }
                }));
            }
            for (var one : all) {
                one.get();
            }
        }
        return stored.get();
    }
}
