package io.waypost.delivery.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuLoadTest {

    private double load;
    private final CpuLoad cpu = new CpuLoad(() -> load);

    private boolean exhaustedAt(double part) {
        load = part;
        cpu.look();
        return cpu.exhausted();
    }

    @Test
    void processorsAreExhaustedWhenHardlyAnythingOfThemIsLeft() {
        assertThat(cpu.exhausted()).as("nobody has looked").isFalse();
        assertThat(exhaustedAt(0.89)).isFalse();
        assertThat(exhaustedAt(0.9)).isTrue();
        assertThat(exhaustedAt(1)).isTrue();
        assertThat(exhaustedAt(0.5)).isFalse();
        assertThat(exhaustedAt(-1)).as("it is not known").isFalse();
    }

    @Test
    void thoseOfThisMachineCanBeLookedAt() {
        var own = new CpuLoad();

        own.look();

        assertThat(own.exhausted()).isIn(true, false);
    }
}
