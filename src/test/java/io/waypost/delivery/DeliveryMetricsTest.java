package io.waypost.delivery;

import static io.waypost.delivery.Fakes.NO;
import static io.waypost.delivery.Fakes.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.connector.Failure;
import io.waypost.delivery.DeliveryMetrics.Parked;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeliveryMetricsTest {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final DeliveryMetrics metrics = new DeliveryMetrics(meters);

    private static Attempt attempt(Failure failure, long millis) {
        return new Attempt(new DeliveryKey(NOON, 1, NO), 1, NOON, millis, null, failure, null, null);
    }

    private double parked(String why) {
        return meters.get("waypost.deliveries.parked").tag("why", why).counter().count();
    }

    @Test
    void attemptsAreTimedByWhetherTheyFailed() {
        metrics.attempted(attempt(null, 30));
        metrics.attempted(attempt(Failure.TIMEOUT, 1_000));
        metrics.attempted(attempt(Failure.HTTP_STATUS, 500));

        var succeeded =
                meters.get("waypost.attempts").tag("outcome", "succeeded").timer();
        var failed = meters.get("waypost.attempts").tag("outcome", "failed").timer();
        assertThat(succeeded.count()).isEqualTo(1);
        assertThat(succeeded.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(30);
        assertThat(failed.count()).isEqualTo(2);
        assertThat(failed.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(1_500);
        assertThat(succeeded.takeSnapshot().histogramCounts()).hasSize(8);
    }

    @Test
    void endsAreCountedByHowAndOthersThanTheTwoAreNone() {
        metrics.ended(Status.SUCCEEDED, 3);
        metrics.ended(Status.EXHAUSTED, 1);
        metrics.ended(Status.DISCARDED, 1);

        assertThat(meters.get("waypost.deliveries")
                        .tag("outcome", "succeeded")
                        .counter()
                        .count())
                .isEqualTo(3);
        assertThat(meters.get("waypost.deliveries")
                        .tag("outcome", "exhausted")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(meters.find("waypost.deliveries").counters()).hasSize(2);
    }

    @Test
    void whatIsParkedIsCountedByWhy() {
        metrics.parked(Parked.SLOW);
        metrics.parked(Parked.SLOW);
        metrics.parked(Parked.HELD);

        assertThat(parked("slow")).isEqualTo(2);
        assertThat(parked("held")).isEqualTo(1);
        assertThat(parked("place")).isZero();
    }
}
