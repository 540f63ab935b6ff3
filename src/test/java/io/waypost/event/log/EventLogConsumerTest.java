package io.waypost.event.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.event.Stretch;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.platform.storage.StorageWatch;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class EventLogConsumerTest {

    private final ConcurrentLinkedQueue<Stretch> unclaimed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger claims = new AtomicInteger();

    /** Gives out what is unclaimed, and does nothing else. */
    private final EventLog events = (EventLog)
            Proxy.newProxyInstance(EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (_, method, _) -> {
                if (!method.getName().equals("claim")) {
                    return null;
                }
                claims.incrementAndGet();
                return Optional.ofNullable(unclaimed.poll());
            });

    @Test
    void aStretchThatARouteCouldNotDispatchForAnErrorIsGivenUpLikeAnyOther() throws Exception {
        var properties = TestProperties.of(Map.of("waypost.db.url", "jdbc:postgresql://nowhere/none"));
        var clock = new SettableClock("2026-03-01T12:00:00Z");
        var appends = new Appends();
        var open = new OpenStretches(events, appends, clock, properties);
        // More than may be open at once.
        for (int i = 1; i <= 20; i++) {
            unclaimed.add(new Stretch(i, i, 1, List.of(), false));
        }
        try (var camel = new DefaultCamelContext()) {
            camel.addComponent(
                    "eventlog",
                    new EventLogComponent(events, appends, open, new StorageWatch(null, clock), clock, properties));
            camel.start();
            var consumer = camel.getEndpoint("eventlog:dispatch").createConsumer(_ -> {
                throw new StackOverflowError("an event too deep");
            });
            consumer.start();
            appends.signal();

            await().atMost(Duration.ofSeconds(40)).until(unclaimed::isEmpty);
            consumer.stop();
        }

        assertThat(claims.get()).isGreaterThanOrEqualTo(20);
        assertThat(open.awaitRoom(Duration.ZERO)).isTrue();
    }
}
