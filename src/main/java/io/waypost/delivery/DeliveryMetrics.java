package io.waypost.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Counts attempts and ends of deliveries for Prometheus. */
@Component
class DeliveryMetrics {

    private final Map<Status, Counter> ended = new EnumMap<>(Status.class);
    private final Timer succeeded;
    private final Timer failed;

    DeliveryMetrics(MeterRegistry registry) {
        for (var status : EnumSet.of(Status.SUCCEEDED, Status.EXHAUSTED)) {
            ended.put(
                    status,
                    Counter.builder("waypost.deliveries")
                            .description("Deliveries that ended, by how")
                            .tag("outcome", status.code())
                            .register(registry));
        }
        succeeded = attempts(registry, "succeeded");
        failed = attempts(registry, "failed");
    }

    private static Timer attempts(MeterRegistry registry, String outcome) {
        return Timer.builder("waypost.attempts")
                .description("Attempts, by outcome, with the time they took")
                .tag("outcome", outcome)
                .serviceLevelObjectives(
                        Duration.ofMillis(5),
                        Duration.ofMillis(25),
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(60))
                .register(registry);
    }

    void attempted(Attempt attempt) {
        (attempt.failure() == null ? succeeded : failed).record(Duration.ofMillis(attempt.durationMs()));
    }

    /** @param deliveries how many: of a batch all */
    void ended(Status status, int deliveries) {
        var counter = ended.get(status);
        if (counter != null) {
            counter.increment(deliveries);
        }
    }
}
