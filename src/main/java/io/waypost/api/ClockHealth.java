package io.waypost.api;

import io.waypost.platform.clock.HostOffset;
import java.time.Duration;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Says how far this host's clock is from the database's. The gateway is up all the same, since it goes by the database's; but one
 * of the two hosts is wrong, and what else runs on it may not be as careful.
 */
@Component("clockHealthIndicator")
class ClockHealth implements HealthIndicator {

    private static final Duration FAR = Duration.ofSeconds(15);

    private final HostOffset offset;

    ClockHealth(HostOffset offset) {
        this.offset = offset;
    }

    @Override
    public Health health() {
        var ahead = offset.hostAhead();
        var health = Health.up().withDetail("offsetSeconds", ahead.toMillis() / 1_000.0);
        if (ahead.abs().compareTo(FAR) > 0) {
            health.withDetail(
                    "warning",
                    "This host's clock is %d s %s the database's, by which the gateway goes: set the wrong one right"
                            .formatted(ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of"));
        }
        return health.build();
    }
}
