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

    @Test
    void largeEventsAreUnderWayOnlyAsFarAsThereIsMemoryAndHoldNoSmallOneUp() throws Exception {
        var mebibyte = 1024 * 1024;
        var taken = 0;
        while (taken < 64 && permits.take(mebibyte)) {
            taken++;
        }

        assertThat(taken).isBetween(1, 42);
        assertThat(permits.take(100)).isTrue();
        permits.giveBack(false, mebibyte);
        assertThat(permits.take(mebibyte)).isTrue();
    }

    @Test
    void slowAttemptsWithLargeEventsLeaveRoomForOthersAndWhatIsLargerThanAllThereIsGoesAlone() throws Exception {
        assertThat(permits.take(Long.MAX_VALUE / 8)).isTrue();
        assertThat(permits.takeSlow(Long.MAX_VALUE / 8)).isTrue();
        permits.giveBackTraded(Long.MAX_VALUE / 8);

        assertThat(permits.take(1024 * 1024)).isTrue();
        assertThat(permits.takeSlow(1024 * 1024)).isFalse();
        permits.giveBack(true, Long.MAX_VALUE / 8);
        assertThat(permits.takeSlow(1024 * 1024)).isTrue();
    }
}
