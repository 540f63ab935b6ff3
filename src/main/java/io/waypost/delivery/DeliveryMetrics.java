package io.waypost.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Counts attempts and ends of deliveries for Prometheus. */
@Component
class DeliveryMetrics {

    /** Why a delivery has become a row although nothing has failed. */
    enum Parked {
        /** Its receiver does not answer, or another node is to send it. */
        HELD,
        /** Its subscription has no place, or has used up its rate. */
        PLACE,
        /** It is large, and what waits fills the memory for that. */
        MEMORY,
        /** It has waited for its place for a second. */
        QUEUE,
        /** All attempts there may be at once are under way, or the memory for large ones is full. */
        PERMIT,
        /** Its attempt takes more than a second. */
        SLOW
    }

    private final Map<Status, Counter> ended = new EnumMap<>(Status.class);
    private final Map<Parked, Counter> parked = new EnumMap<>(Parked.class);
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
        for (var why : Parked.values()) {
            parked.put(
                    why,
                    Counter.builder("waypost.deliveries.parked")
                            .description("Deliveries that wait as rows although nothing has failed, by why")
                            .tag("why", why.name().toLowerCase(Locale.ROOT))
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

    void parked(Parked why) {
        Objects.requireNonNull(parked.get(why)).increment();
    }

    void attempted(Attempt attempt) {
        (attempt.failure() == null ? succeeded : failed).record(Duration.ofMillis(attempt.durationMs()));
    }

    /** @param deliveries their number: all of a batch */
    void ended(Status status, int deliveries) {
        var counter = ended.get(status);
        if (counter != null) {
            counter.increment(deliveries);
        }
    }
}
