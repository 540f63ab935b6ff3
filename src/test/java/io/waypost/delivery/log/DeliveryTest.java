package io.waypost.delivery.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.connector.Failure;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import java.time.Instant;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class DeliveryTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final DeliveryKey KEY = new DeliveryKey(NOON, 5, 7);

    private static Attempt attempt(DeliveryKey key, int number, Failure failure, String detail) {
        return new Attempt(key, number, NOON, 12, 500, failure, detail, "body");
    }

    @Test
    void aStatusIsWrittenInLowerCase() {
        assertThat(Status.EXHAUSTED.code()).isEqualTo("exhausted");
    }

    @Test
    void whatAnAttemptRanIntoIsTheFailureAndWhatThereIsToSayAboutIt() {
        assertThat(attempt(KEY, 1, Failure.TIMEOUT, null).error()).isEqualTo(Failure.TIMEOUT.code());
        assertThat(attempt(KEY, 1, Failure.TIMEOUT, "15 s").error()).isEqualTo(Failure.TIMEOUT.code() + ": 15 s");
        assertThat(attempt(KEY, 1, null, null).error()).isNull();
        assertThat(attempt(KEY, 1, null, "throttled").error()).isEqualTo("throttled");
    }

    @Test
    void anAttemptOfABatchIsTheSameSeenFromEachOfItsDeliveries() {
        var other = new DeliveryKey(NOON, 6, 7);
        assertThat(attempt(KEY, 2, Failure.TIMEOUT, "15 s").of(other))
                .isEqualTo(attempt(other, 2, Failure.TIMEOUT, "15 s"));
    }

    @Test
    void attemptsAreToldApartByTheirIds() {
        var ids = new HashSet<String>();
        for (long seq = 1; seq <= 3; seq++) {
            for (long subscription = 1; subscription <= 3; subscription++) {
                for (int number = 1; number <= 3; number++) {
                    ids.add(attempt(new DeliveryKey(NOON, seq, subscription), number, null, null)
                            .id());
                }
            }
        }
        assertThat(ids).hasSize(27).allMatch(id -> id.startsWith("att_"));
        // The number takes twelve bits of the id, and what is above it is left out.
        assertThat(attempt(KEY, 1, null, null).id())
                .isEqualTo(attempt(KEY, 4_097, null, null).id());
    }
}
