package io.waypost.platform;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import jdk.management.VirtualThreadSchedulerMXBean;

/**
 * Gives the virtual threads more carriers while all of them are held. A virtual thread that loads or initializes a class
 * keeps its carrier also while it waits, and the JDK puts no other in its place. When as many as there are carriers wait so
 * for a lock whose owner has left its carrier (it read a file out of the same jar, say), the owner finds none to come back
 * to, and the whole process stands still for good.
 *
 * <p>So a thread of its own keeps asking for a turn on a carrier. When it gets none in time, there are twice as many from
 * then on, and again, until it gets one; afterwards they become fewer again, one by one. In quiet times there are as many
 * as ever, one for each processor.
 */
public final class Carriers {

    /** So long a turn may take to come. */
    private static final Duration PATIENCE = Duration.ofMillis(100);

    /** Each turn wakes a carrier, which takes most of what an idle gateway takes. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** The scheduler of the JDK takes no more. */
    private static final int LIMIT = Short.MAX_VALUE;

    private final VirtualThreadSchedulerMXBean scheduler =
            ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    private final int usual = scheduler.getParallelism();
    private int most = usual;

    private Carriers() {}

    /** Watches over them from now on, until it is interrupted. To be called before anything runs on virtual threads. */
    public static Thread watch() {
        return Thread.ofPlatform().name("carriers").daemon().start(() -> new Carriers().run());
    }

    /**
     * This thread must wait for nobody: it logs nothing, since a virtual thread may hold the lock of the log, and what it
     * does in trouble is what it has done in each round before, so that no class is left to be loaded.
     */
    private void run() {
        try {
            while (true) {
                try {
                    askForATurn();
                } catch (OutOfMemoryError _) {
                    // No room for another thread now, which the JVM says itself; there may be in the next round.
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException _) {
            scheduler.setParallelism(usual);
        }
    }

    private void askForATurn() throws InterruptedException {
        var turn = Thread.startVirtualThread(() -> {});
        while (!turn.join(PATIENCE)) {
            most = Math.min(2 * most, LIMIT);
            scheduler.setParallelism(most);
        }
        most = Math.max(most - 1, usual);
        scheduler.setParallelism(most);
    }
}
