package io.waypost.delivery.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PendingBatchTest {

    @Test
    void bothTogetherBeginWithTheFirstAndHaveTheNewerLimit() {
        var sum = new PendingBatch(7, 12, 3, 30, 10).plus(new PendingBatch(7, 11, 2, 5, 4));

        assertThat(sum).isEqualTo(new PendingBatch(7, 11, 5, 35, 4));
        assertThat(new PendingBatch(7, 11, 2, 5, 4).plus(new PendingBatch(7, 12, 3, 30, 10)))
                .isEqualTo(new PendingBatch(7, 11, 5, 35, 10));
    }

    @Test
    void itIsFullByItsCountOrByItsSize() {
        assertThat(new PendingBatch(7, 1, 9, 10, 10).full()).isFalse();
        assertThat(new PendingBatch(7, 1, 10, 10, 10).full()).isTrue();
        assertThat(new PendingBatch(7, 1, 1, PendingBatch.MOST_BYTES - 1, 10).full())
                .isFalse();
        assertThat(new PendingBatch(7, 1, 1, PendingBatch.MOST_BYTES, 10).full())
                .isTrue();
    }
}
