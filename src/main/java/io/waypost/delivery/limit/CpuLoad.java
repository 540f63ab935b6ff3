package io.waypost.delivery.limit;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Whether the processors this gateway may use have anything left, whoever uses them. */
@Component
class CpuLoad {

    private static final double EXHAUSTED = 0.9;

    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private volatile boolean exhausted;

    /** As of a quarter of a second ago. In a container, of its share. */
    boolean exhausted() {
        return exhausted;
    }

    @Scheduled(fixedDelay = 250)
    void look() {
        exhausted = system.getCpuLoad() >= EXHAUSTED;
    }
}
