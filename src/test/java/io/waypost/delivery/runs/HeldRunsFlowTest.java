package io.waypost.delivery.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.flow.Flow;
import io.waypost.subscription.SubscriptionStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldRunsFlowTest extends Flow {

    @Test
    void whatSlipsInBesideADeletionDoesNotWaitForARunForEver() {
        var id = subscribe("\"dispatch\":{\"mode\":\"scheduled\"}");
        var no = gateway.bean(SubscriptionStore.class).find(id).orElseThrow().no();
        api.delete("/v1/subscriptions/" + id).expect(204);
        var event = gateway.bean(EventLog.class)
                .find(Event.seqOf(publish("{\"type\":\"order.paid\",\"data\":{}}")))
                .orElseThrow();
        var key = new DeliveryKey(event.receivedAt(), event.seq(), no);
        var log = gateway.bean(DeliveryLog.class);

        log.settle(List.of(DeliveryUpdate.pending(key, event.tenant(), false, event.receivedAt())
                .held()));
        assertThat(log.find(key)).isPresent();

        gateway.clock().advance(Duration.ofSeconds(1));
        await().atMost(SOON).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> assertThat(log.find(key))
                .isEmpty());
    }
}
