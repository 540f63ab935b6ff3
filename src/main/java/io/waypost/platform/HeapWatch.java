package io.waypost.platform;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/**
 * Notices a heap that is nearly exhausted: the collector finds just enough for the next allocation, so nothing fails, but
 * hardly anything else gets to run, deliveries and health checks included. Only the parallel collector ends that by an error
 * of its own ({@code -XX:+UseGCOverheadLimit}); the serial one, which the JVM takes on small machines, goes on for hours.
 */
final class HeapWatch {

    private static final Duration PACE = Duration.ofSeconds(5);

    /** So many times {@link #PACE}, one after the other. */
    private static final int TIMES = 6;

    /** Percent of the time that collections may take; a busy gateway's take some 5. */
    private static final int MOST = 80;

    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans().stream()
            .filter(collector -> stopsTheWorld(collector.getName()))
            .toList();
    private long lastNanos;
    private long lastCollecting;
    private int times;

    /** @param nanos now, by a clock that never steps */
    HeapWatch(long nanos, Duration collecting) {
        lastNanos = nanos;
        lastCollecting = collecting.toNanos();
    }

    /** Ends the process from now on when the heap is nearly exhausted for {@link #PACE} times {@link #TIMES}. */
    static void start() {
        Thread.ofPlatform().name("heap").daemon().start(() -> {
            try {
                watch();
            } catch (InterruptedException _) {
                // Nobody does that but who wants it to end.
            }
        });
    }

    private static void watch() throws InterruptedException {
        var watch = new HeapWatch(System.nanoTime(), Duration.ZERO);
        while (true) {
            Thread.sleep(PACE);
            if (watch.isExhausted(System.nanoTime(), watch.collecting())) {
                Memory.end();
            }
        }
    }

    /** @param collecting how long collections have stopped everything else so far */
    boolean isExhausted(long nanos, Duration collecting) {
        var part = 100.0 * (collecting.toNanos() - lastCollecting) / Math.max(1, nanos - lastNanos);
        times = part > MOST ? times + 1 : 0;
        lastNanos = nanos;
        lastCollecting = collecting.toNanos();
        return times == TIMES;
    }

    private Duration collecting() {
        var millis = 0L;
        for (var collector : collectors) {
            millis += Math.max(0, collector.getCollectionTime());
        }
        return Duration.ofMillis(millis);
    }

    /** The concurrent work of G1, ZGC and Shenandoah has beans of its own. */
    static boolean stopsTheWorld(String collector) {
        return !collector.contains("Concurrent") && !collector.contains("Cycles");
    }
}
