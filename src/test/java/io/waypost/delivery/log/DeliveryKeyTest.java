package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.platform.Refused;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveryKeyTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.000123Z");
    private static final DeliveryKey KEY = new DeliveryKey(NOON, 5, 7);

    @Test
    void theIdIsComputedFromTheKeyAndTheKeyFromTheId() {
        assertThat(KEY.id()).startsWith("dlv_");
        assertThat(DeliveryKey.of(KEY.id())).isEqualTo(KEY);
    }

    @Test
    void aTextThatIsNoIdOfADeliveryIsNotFound() {
        assertThatThrownBy(() -> DeliveryKey.of("dlv_1")).isInstanceOf(Refused.class);
        assertThatThrownBy(() -> DeliveryKey.of(KEY.id().replace("dlv", "evt"))).isInstanceOf(Refused.class);
    }

    @Test
    void keysAreInTheOrderOfTheirTimesThenOfTheLogThenOfTheSubscriptions() {
        var inOrder = List.of(
                KEY,
                new DeliveryKey(NOON, 5, 8),
                new DeliveryKey(NOON, 6, 1),
                new DeliveryKey(NOON, 6, 2),
                new DeliveryKey(NOON.plusMillis(1), 1, 9));

        assertThat(inOrder.reversed().stream().sorted()).isEqualTo(inOrder);
        assertThat(KEY).isEqualByComparingTo(new DeliveryKey(NOON, 5, 7));
    }
}
