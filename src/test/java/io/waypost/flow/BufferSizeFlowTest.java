package io.waypost.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.subscription.SubscriptionStore;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.jdbc.core.simple.JdbcClient;

/** However much is buffered, what is kept for it has one size. */
@Isolated("measures the heap")
class BufferSizeFlowTest extends Flow {

    private static final int BATCH = 1_000;
    private static final int BATCHES = 20;

    private static final String THOUSAND = Collections.nCopies(
                    BATCH,
                    "{\"type\":\"order.created\",\"data\":{\"number\":1,\"note\":\"%s\"}}".formatted("x".repeat(200)))
            .toString();

    @Test
    void twentyThousandBufferedEventsAreOneSmallRowAndTakeNoMemory() {
        var subscription = subscribe("");
        var path = "/v1/subscriptions/" + subscription;
        api.post(path + "/deactivate", null).expect(200);
        publishThousand();
        awaitBuffered(subscription, BATCH);
        var size = bytesOfBuffer(subscription);
        var memory = usedMemory();

        for (int i = 1; i < BATCHES; i++) {
            publishThousand();
        }

        awaitBuffered(subscription, BATCHES * BATCH);
        assertThat(bytesOfBuffer(subscription)).isEqualTo(size);
        assertThat(usedMemory() - memory).isLessThan(48L << 20);
        assertThat(receiver.received()).isEmpty();

        api.post(path + "/activate", null).expect(200);

        awaitBuffered(subscription, 0);
        awaitDelivered(publish(2));
        assertThat(receiver.received()).hasSize(1);
    }

    private void publishThousand() {
        assertThat(api.post("/v1/events", THOUSAND).expect(202).json().path("events"))
                .hasSize(BATCH);
    }

    private long bytesOfBuffer(String subscription) {
        var no = gateway.bean(SubscriptionStore.class)
                .find(subscription)
                .orElseThrow()
                .no();
        return gateway.bean(JdbcClient.class)
                .sql("select octet_length(exchange) from replay_buffer where id = :id")
                .param("id", String.valueOf(no))
                .query(Long.class)
                .single();
    }

    private static long usedMemory() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
