package io.waypost.jar;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
class LongCrashIT {

    private static final int FEWEST = 5;

    @TempDir
    private Path home;

    @Test
    void givenKillsForMinutes_thenWhatWasAcknowledgedIsDelivered() {
        var end = System.nanoTime() + duration().toNanos();
        try (var harness = new CrashHarness(home)) {
            for (int i = 0; i < FEWEST || System.nanoTime() < end; i++) {
                harness.round(100, 8_000);
            }
            harness.settle();
        }
    }

    /** How long the long tests go on: {@code -Dwaypost.minutes}, 10 unless told. */
    static Duration duration() {
        return Duration.ofMinutes(Integer.getInteger("waypost.minutes", 10));
    }
}
