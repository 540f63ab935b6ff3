package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeapWatchTest {

    private static final long PACE = Duration.ofSeconds(5).toNanos();

    private final HeapWatch watch = new HeapWatch(0, Duration.ZERO);
    private long now;
    private Duration collecting = Duration.ZERO;

    @Test
    void itIsExhaustedWhenCollectionsTakeNearlyAllTheTimeForHalfAMinute() {
        for (int i = 0; i < 5; i++) {
            assertThat(after(4_100)).isFalse();
        }
        assertThat(after(4_100)).isTrue();
    }

    @Test
    void oneSpellInWhichOthersGotToRunBeginsItAnew() {
        for (int i = 0; i < 5; i++) {
            after(4_900);
        }
        assertThat(after(3_900)).isFalse();
        for (int i = 0; i < 5; i++) {
            assertThat(after(4_900)).isFalse();
        }
        assertThat(after(4_900)).isTrue();
    }

    @Test
    void aProcessThatWasStoppedForLongIsNotExhausted() {
        for (int i = 0; i < 20; i++) {
            now += 100 * PACE;
            assertThat(after(5_000)).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Copy, true",
        "MarkSweepCompact, true",
        "PS MarkSweep, true",
        "G1 Old Generation, true",
        "G1 Concurrent GC, false",
        "ZGC Major Cycles, false",
        "ZGC Major Pauses, true",
        "Shenandoah Cycles, false",
        "Shenandoah Pauses, true"
    })
    void onlyWhatStopsTheWorldCounts(String collector, boolean counts) {
        assertThat(HeapWatch.stopsTheWorld(collector)).isEqualTo(counts);
    }

    private boolean after(int millisOfCollections) {
        now += PACE;
        collecting = collecting.plusMillis(millisOfCollections);
        return watch.isExhausted(now, collecting);
    }
}
