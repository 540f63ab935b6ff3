package io.waypost.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.delivery.DeliveryQueues;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.event.EventLog;
import io.waypost.flow.Flow;
import io.waypost.subscription.SubscriptionIndex;
import io.waypost.subscription.SubscriptionStore;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class BacklogMetricsFlowTest extends Flow {

    private static <T> T fake(Class<T> port, Function<String, Object> answers) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (_, method, _) -> answers.apply(method.getName())));
    }

    @Test
    void countingTakesOnePartInAHundredOfTheTimeHoweverMuchWaits() {
        var nanos = new AtomicLong();
        var counted = new AtomicInteger();
        var deliveries = fake(DeliveryLog.class, _ -> {
            counted.incrementAndGet();
            nanos.addAndGet(Duration.ofMillis(600).toNanos());
            return new DeliveryLog.Backlog(1_000_000, null);
        });
        var metrics = new BacklogMetrics(
                fake(EventLog.class, _ -> new EventLog.Backlog(0, null)),
                deliveries,
                fake(ReplayStore.class, _ -> Map.of()),
                gateway.bean(DeliveryQueues.class),
                gateway.bean(SubscriptionIndex.class),
                gateway.clock(),
                new SimpleMeterRegistry(),
                nanos::get);

        metrics.look();
        assertThat(counted).hasValue(1);
        for (int seconds = 5; seconds < 60; seconds += 5) {
            nanos.addAndGet(Duration.ofSeconds(5).toNanos());
            metrics.look();
        }
        assertThat(counted).hasValue(1);
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        metrics.look();
        assertThat(counted).hasValue(2);
    }

    @Test
    void theLargestBuffersAreShownThoughWhatIsKeptOfThemIsNotOpened() {
        var subscription = inactive();
        publishMany(0, 3);
        awaitBuffered(subscription, 3);
        var other = inactive();
        var no = gateway.bean(SubscriptionStore.class).find(other).orElseThrow().no();
        gateway.bean(JdbcClient.class)
                .sql("""
                        insert into replay_buffer (id, exchange, version, buffered)
                        values (:no, :unreadable, 1, '0000000000123456789')
                        """)
                .param("no", String.valueOf(no))
                .param("unreadable", new byte[] {1})
                .update();

        await().atMost(SOON)
                .until(
                        () -> gateway.admin().get("/actuator/prometheus").text(),
                        page -> page.contains("waypost_buffer_events{subscription=\"%s\"} 3.0".formatted(subscription))
                                && page.contains(
                                        "waypost_buffer_events{subscription=\"%s\"} 1.23456789E8".formatted(other)));
    }

    private String inactive() {
        var subscription = subscribe("");
        api.post("/v1/subscriptions/" + subscription + "/deactivate", null).expect(200);
        return subscription;
    }
}
