package io.waypost.delivery.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.delivery.limit.ConcurrencyLimit.Load;
import io.waypost.platform.TestProperties;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {

    private static final int MEBIBYTE = 1024 * 1024;

    private final ConcurrencyLimit permits =
            new ConcurrencyLimit(new CpuLoad(), Clock.systemUTC(), TestProperties.of(Map.of()));

    @Test
    void whoWaitsForRoomStopsWhenTheGatewayDoes() throws Exception {
        var asked = new AtomicInteger();

        IntStream.range(0, 2_000).forEach(_ -> permits.queued());
        permits.awaitRoom(() -> asked.incrementAndGet() < 3);

        assertThat(asked).hasValue(3);
    }

    @Test
    void whereThereIsRoomNobodyWaits() throws Exception {
        var asked = new AtomicInteger();

        permits.awaitRoom(() -> asked.incrementAndGet() > 0);

        assertThat(asked).hasValue(1);
    }

    @Test
    void largeEventsAreUnderWayOnlyAsFarAsThereIsMemoryAndHoldNoSmallOneUp() throws Exception {
        var large = new Load("a", MEBIBYTE);
        var taken = 0;
        while (taken < 64 && permits.take(large)) {
            taken++;
        }

        assertThat(taken).isBetween(1, 42);
        assertThat(permits.take(new Load("a", 100))).isTrue();
        permits.giveBack(false, large);
        assertThat(permits.take(large)).isTrue();
    }

    @Test
    void slowAttemptsWithLargeEventsLeaveRoomForOthersAndWhatIsLargerThanAShareGoesAlone() throws Exception {
        var huge = new Load("a", Long.MAX_VALUE / 8);
        var large = new Load("a", MEBIBYTE);
        assertThat(permits.take(huge)).isTrue();
        assertThat(permits.takeSlow(huge)).isTrue();
        permits.giveBackTraded(huge);

        assertThat(permits.take(large)).isTrue();
        assertThat(permits.takeSlow(large)).isFalse();
        permits.giveBack(true, huge);
        assertThat(permits.takeSlow(large)).isTrue();
    }

    @Test
    void oneTenantsLargeEventsLeaveHalfTheMemoryToOthers() throws Exception {
        var huge = new Load("a", Long.MAX_VALUE / 8);
        var others = new Load("b", MEBIBYTE);
        assertThat(permits.take(huge)).isTrue();
        assertThat(permits.takeSlow(huge)).isTrue();
        assertThat(permits.beginWaiting(huge)).isTrue();

        assertThat(permits.take(others)).isTrue();
        assertThat(permits.takeSlow(others)).isTrue();
        assertThat(permits.beginWaiting(others)).isTrue();
    }

    @Test
    void largeEventsThatWaitAreBoundedAndMakeNobodyCrowded() throws Exception {
        var large = new Load("a", MEBIBYTE);
        var waiting = 0;
        while (permits.beginWaiting(large)) {
            waiting++;
        }

        assertThat(waiting).isBetween(1, 64);
        assertThat(permits.mayWait(large)).isFalse();
        assertThat(permits.beginWaiting(new Load("a", 100))).isTrue();
        while (permits.takeSlow(large)) {
            // until it is full
        }
        var waits = Thread.ofVirtual().start(() -> {
            while (permits.takeUnlessInterrupted(large)) {
                // until it waits for memory
            }
        });
        assertThat(waits.join(Duration.ofMillis(200))).isFalse();
        assertThat(permits.crowded()).isFalse();
        waits.interrupt();

        permits.endWaiting(large);
        assertThat(permits.mayWait(large)).isTrue();
    }
}
