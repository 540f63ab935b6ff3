package io.waypost.delivery.limit;

import com.sun.management.OperatingSystemMXBean;
import io.waypost.platform.clock.SteadyClock;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Whether the processors this gateway may use have anything left, whoever uses them. Asked for when somebody wants to know: a
 * look reads a dozen files of the system, and an idle gateway has no use for it.
 */
@Component
class CpuLoad {

    private static final double EXHAUSTED = 0.9;
    private static final long FRESH_NANOS = Duration.ofMillis(250).toNanos();

    private final DoubleSupplier load;
    private final SteadyClock clock;
    private final AtomicLong lookedAt;
    private volatile boolean exhausted;

    @Autowired
    CpuLoad(Clock clock) {
        this(((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())::getCpuLoad, clock);
    }

    /** @param load of all processors since it was asked for last, 0 to 1; below 0 if it is not known */
    CpuLoad(DoubleSupplier load, Clock clock) {
        this.load = load;
        this.clock = SteadyClock.of(clock);
        this.lookedAt = new AtomicLong(this.clock.nanos() - FRESH_NANOS);
    }

    /** As of a quarter of a second ago at most, if somebody asks that often. In a container, of its share. */
    boolean exhausted() {
        var now = clock.nanos();
        var last = lookedAt.get();
        if (now - last >= FRESH_NANOS && lookedAt.compareAndSet(last, now)) {
            look();
        }
        return exhausted;
    }

    void look() {
        exhausted = load.getAsDouble() >= EXHAUSTED;
    }
}
