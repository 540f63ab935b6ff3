package io.waypost.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("holds all carriers")
class CarriersTest {

    private static final Duration SOON = Duration.ofSeconds(120);
    private static final CountDownLatch OPEN = new CountDownLatch(1);

    private final VirtualThreadSchedulerMXBean scheduler =
            ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    private final int usual = scheduler.getParallelism();

    @Test
    void givenManyThatWaitInAClassForOneWithoutACarrier_thenThatOneRuns() throws InterruptedException {
        var allHeld = new CountDownLatch(usual);
        var watch = Carriers.watch();
        try {
            var waiting = IntStream.range(0, 10 * usual)
                    .mapToObj(_ -> Thread.startVirtualThread(() -> {
                        allHeld.countDown();
                        WaitsWhereItIsInitialized.touch();
                    }))
                    .toList();
            assertThat(allHeld.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();

            var opening = Thread.startVirtualThread(OPEN::countDown);

            assertThat(opening.join(SOON)).isTrue();
            for (var thread : waiting) {
                assertThat(thread.join(SOON)).isTrue();
            }
        } finally {
            OPEN.countDown();
            watch.interrupt();
            watch.join();
        }
        assertThat(scheduler.getParallelism()).isEqualTo(usual);
    }

    private static final class WaitsWhereItIsInitialized {

        static {
            try {
                OPEN.await();
            } catch (InterruptedException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        static void touch() {}
    }
}
