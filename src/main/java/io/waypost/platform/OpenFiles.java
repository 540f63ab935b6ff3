package io.waypost.platform;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many files, and so connections, the process may have open, and what of them is whose. */
public final class OpenFiles {

    /** For the database, its connections, the jar and the log; and some to spare. */
    private static final long OURS = 100;

    private static final int LEAST = 16;

    private OpenFiles() {}

    /**
     * How many connections there may be of those that come in, and again of those that go out: half each of what the limit of
     * the process leaves.
     *
     * @param usual not more than that
     */
    public static int connections(int usual) {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? connections(usual, system.getMaxFileDescriptorCount())
                : usual;
    }

    static int connections(int usual, long limit) {
        return limit <= 0 ? usual : (int) Math.clamp((limit - OURS) / 2, LEAST, usual);
    }
}
