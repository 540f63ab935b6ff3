package io.waypost.delivery.limit;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.DoubleSupplier;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Whether the processors this gateway may use have anything left, whoever uses them. */
@Component
class CpuLoad {

    private static final double EXHAUSTED = 0.9;

    private final DoubleSupplier load;
    private volatile boolean exhausted;

    CpuLoad() {
        this(((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())::getCpuLoad);
    }

    /** @param load of all processors, 0 to 1; below 0 if it is not known */
    CpuLoad(DoubleSupplier load) {
        this.load = load;
    }

    /** As of a quarter of a second ago. In a container, of its share. */
    boolean exhausted() {
        return exhausted;
    }

    @Scheduled(fixedDelay = 250)
    void look() {
        exhausted = load.getAsDouble() >= EXHAUSTED;
    }
}
