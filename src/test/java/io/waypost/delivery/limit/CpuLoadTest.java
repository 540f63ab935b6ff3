package io.waypost.delivery.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.platform.SettableClock;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CpuLoadTest {

    private final SettableClock clock = new SettableClock("2026-03-01T12:00:00Z");
    private double load;
    private int looks;
    private final CpuLoad cpu = new CpuLoad(
            () -> {
                looks++;
                return load;
            },
            clock);

    private boolean exhaustedAt(double part) {
        load = part;
        clock.advance(Duration.ofMillis(250));
        return cpu.exhausted();
    }

    @Test
    void processorsAreExhaustedWhenHardlyAnythingOfThemIsLeft() {
        assertThat(exhaustedAt(0.89)).isFalse();
        assertThat(exhaustedAt(0.9)).isTrue();
        assertThat(exhaustedAt(1)).isTrue();
        assertThat(exhaustedAt(0.5)).isFalse();
        assertThat(exhaustedAt(-1)).as("it is not known").isFalse();
    }

    @Test
    void itIsLookedForWhenSomebodyAsksAndNotMoreOftenThanFourTimesASecond() {
        clock.advance(Duration.ofHours(1));
        assertThat(looks).isZero();

        assertThat(exhaustedAt(1)).isTrue();
        load = 0;
        clock.advance(Duration.ofMillis(249));
        assertThat(cpu.exhausted()).isTrue();
        assertThat(looks).isOne();

        clock.advance(Duration.ofMillis(1));
        assertThat(cpu.exhausted()).isFalse();
        assertThat(looks).isEqualTo(2);
    }

    @Test
    void thoseOfThisMachineCanBeLookedAt() {
        assertThat(new CpuLoad(Clock.systemUTC()).exhausted()).isIn(true, false);
    }
}
