package io.waypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubscriptionQueueTest {

    private final SubscriptionQueue.UsualTime usual = new SubscriptionQueue.UsualTime();

    private void took(int times, int millis) {
        IntStream.range(0, times)
                .forEach(_ -> usual.took(Duration.ofMillis(millis).toNanos()));
    }

    private Duration time() {
        return Duration.ofNanos(usual.nanos());
    }

    @Test
    void aPauseOfTheMachineIsNoSlowReceiver() {
        took(1_000, 2);
        took(10, 50);

        assertThat(time()).isLessThan(Duration.ofMillis(10));
    }

    @Test
    void aReceiverThatGetsSlowIsKnownAfterAFewDeliveries() {
        took(1_000, 2);
        took(10, 400);

        assertThat(time()).isGreaterThan(Duration.ofMillis(250));
    }

    @Test
    void oneThatIsALittleSlowerIsKnownInTheEndAndOneThatRecoversToo() {
        took(200, 50);
        assertThat(time()).isBetween(Duration.ofMillis(45), Duration.ofMillis(50));

        took(400, 1);
        assertThat(time()).isLessThan(Duration.ofMillis(2));
    }
}
