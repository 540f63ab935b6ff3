package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DutyCycleTest {

    private static final Duration SLICE = Duration.ofMillis(2);

    private static long onProcessor() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void compute(Duration time) {
        var begun = onProcessor();
        while (onProcessor() - begun < time.toNanos()) {
            DutyCycle.current().step();
        }
    }

    @Test
    void aLongComputationRestsInItsMiddleForAsLongAsItsShareAsks() {
        var begun = System.nanoTime();

        new DutyCycle(SLICE, () -> 0.25).run(() -> compute(Duration.ofMillis(40)));

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(100));
    }

    @Test
    void manyShortOnesRestTooAndTheShareIsAskedEachTime() {
        var asked = new AtomicInteger();
        var begun = System.nanoTime();
        var cycle = new DutyCycle(SLICE, () -> {
            asked.incrementAndGet();
            return 1;
        });

        for (int i = 0; i < 40; i++) {
            cycle.run(() -> compute(Duration.ofMillis(1)));
        }

        // As often as a slice fits in what that took, which on a busy machine is more than what it computed.
        assertThat(asked.get()).isBetween(10, (int) ((System.nanoTime() - begun) / SLICE.toNanos()) + 1);
    }

    @Test
    void whatIsComputedOutsideOfAnyIsNotHeldUp() {
        var begun = onProcessor();
        compute(Duration.ofMillis(10));
        assertThat(onProcessor() - begun)
                .isGreaterThanOrEqualTo(Duration.ofMillis(10).toNanos());
    }
}
