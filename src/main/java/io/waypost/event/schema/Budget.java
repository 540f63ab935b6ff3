package io.waypost.event.schema;

import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.ExecutionContext;
import java.time.Duration;

/**
 * Ends a check that takes too long. The validator asks for its configuration at each keyword, which makes that the place to
 * look at the time.
 */
final class Budget extends ExecutionContext {

    /** Of the check this thread is in. */
    static final ScopedValue<Budget> CURRENT = ScopedValue.newInstance();

    /** Data of 1 MiB against a schema of a sane size takes a fifth of it. */
    private static final Duration MOST = Duration.ofSeconds(2);

    private static final int STEPS_BETWEEN_LOOKS = 256;

    private final long deadline = System.nanoTime() + MOST.toNanos();
    private int steps;

    /** There is no time left. */
    static final class Spent extends RuntimeException {

        private static final long serialVersionUID = 1;

        Spent() {
            super("the time for a check is spent", null, false, false);
        }
    }

    @Override
    public ExecutionConfig getExecutionConfig() {
        if (++steps % STEPS_BETWEEN_LOOKS == 0) {
            look();
        }
        return super.getExecutionConfig();
    }

    /** @throws Spent if the time is over */
    void look() {
        if (System.nanoTime() - deadline > 0) {
            throw new Spent();
        }
    }
}
