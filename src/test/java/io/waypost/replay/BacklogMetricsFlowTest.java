package io.waypost.replay;

import static org.awaitility.Awaitility.await;

import io.waypost.flow.Flow;
import io.waypost.subscription.SubscriptionStore;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class BacklogMetricsFlowTest extends Flow {

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
