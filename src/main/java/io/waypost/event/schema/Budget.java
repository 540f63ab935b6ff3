package io.waypost.event.schema;

import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.ExecutionContext;
import java.time.Duration;

/**
 * Ends a check that takes too long. The validator asks for its configuration at each keyword, so that is where the time is
 * checked.
 */
final class Budget extends ExecutionContext {

    /** The budget of the check that this thread makes. */
    static final ScopedValue<Budget> CURRENT = ScopedValue.newInstance();

    /** A fifth of this is enough to check 1 MiB of data against a schema of ordinary size. */
    private static final Duration MOST = Duration.ofSeconds(2);

    private static final int STEPS_BETWEEN_CHECKS = 256;

    private final long deadline = System.nanoTime() + MOST.toNanos();
    private int steps;

    /** The time is over. */
    static final class Spent extends RuntimeException {

        private static final long serialVersionUID = 1;

        Spent() {
            super("the time for a check is spent", null, false, false);
        }
    }

    @Override
    public ExecutionConfig getExecutionConfig() {
        if (++steps % STEPS_BETWEEN_CHECKS == 0) {
            check();
        }
        return super.getExecutionConfig();
    }

    /** @throws Spent if the time is over */
    void check() {
        if (System.nanoTime() - deadline > 0) {
            throw new Spent();
        }
    }
}
