package io.waypost.platform;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of the heap may go into what is under way, and what happens when there is none left. Each bound in bytes is what it
 * usually is, but with a small heap no more than its part of that; so all of them together fit, and one that is full makes its
 * own users wait: publishers get a 503, deliveries stay in the log or become rows.
 */
public final class Memory {

    /** What {@code -XX:+ExitOnOutOfMemoryError} ends with. */
    public static final int EXIT_CODE = 3;

    private static final long HEAP = Runtime.getRuntime().maxMemory();

    private Memory() {}

    /**
     * @param usual bytes
     * @param part of the heap that it may be at most: 16 stands for a sixteenth
     * @return the smaller of both, in bytes; at least 1
     */
    public static long share(long usual, int part) {
        return share(HEAP, usual, part);
    }

    static long share(long heap, long usual, int part) {
        return Math.max(1, Math.min(usual, heap / part));
    }

    /**
     * Ends the process for what no thread catches, too, and when collections leave no time for anything else. To be called
     * once, before anything else.
     */
    public static void endWithout() {
        HeapWatch.start();
        var former = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            endIfGone(e);
            if (former != null) {
                former.uncaughtException(thread, e);
            } else {
                Holder.LOG.error("Thread {} ended", thread.getName(), e);
            }
        });
    }

    /**
     * Ends the process at once if the heap was exhausted, however deep that is in the error: what ran into it may be any
     * thread, any library and the database, none of which can be trusted afterwards. What is acknowledged is stored, and the
     * next start goes on with it. To be called by whoever catches errors and goes on.
     */
    public static void endIfGone(Throwable e) {
        if (isGone(e)) {
            end();
        }
    }

    static void end() {
        // No log: it may need memory, or wait for somebody who does.
        System.err.println("Out of memory: the gateway ends. Give it more with -Xmx, and see docs/operations.md.");
        Runtime.getRuntime().halt(EXIT_CODE);
    }

    /** Whether an error says that the heap, or the room for classes, was exhausted; not that there was no room for a thread. */
    static boolean isGone(Throwable e) {
        var depth = 0;
        for (Throwable cause = e; cause != null && depth < 50; cause = cause.getCause(), depth++) {
            var message = cause instanceof OutOfMemoryError ? cause.getMessage() : null;
            if (message != null
                    && (message.startsWith("Java heap space")
                            || message.startsWith("GC overhead limit")
                            || message.startsWith("Metaspace"))) {
                return true;
            }
        }
        return false;
    }

    private static final class Holder {

        static final Logger LOG = LoggerFactory.getLogger(Memory.class);
    }
}
