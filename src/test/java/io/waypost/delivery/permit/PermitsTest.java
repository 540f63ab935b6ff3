package io.waypost.delivery.permit;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.TestProperties;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PermitsTest {

    private final Permits permits = new Permits(new CpuLoad(), TestProperties.of(Map.of()));

    @Test
    void whoWaitsForRoomStopsWhenTheGatewayDoes() throws Exception {
        var asked = new AtomicInteger();

        permits.awaitRoom(() -> 1_000_000, () -> asked.incrementAndGet() < 3);

        assertThat(asked).hasValue(3);
    }

    @Test
    void whereThereIsRoomNobodyWaits() throws Exception {
        var asked = new AtomicInteger();

        permits.awaitRoom(() -> 0, () -> asked.incrementAndGet() > 0);

        assertThat(asked).hasValue(1);
    }
}
