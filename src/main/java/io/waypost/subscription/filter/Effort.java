package io.waypost.subscription.filter;

import io.waypost.platform.DutyCycle;

/** How much work comparing may still take. A step is one value of an event that is looked at, a few nanoseconds. */
public final class Effort {

    /** What one filter may take of one event: more than any event of a megabyte wants with a filter of a few fields. */
    public static final int ONE_FILTER = 2_000_000;

    /** Between two looks at the clock. */
    private static final long STEPS_AT_ONCE = 10_000;

    private final DutyCycle pace = DutyCycle.current();
    private long left;
    private long next;

    /** @param steps how many there are, 0 or more */
    public Effort(long steps) {
        this.left = steps;
        this.next = steps - STEPS_AT_ONCE;
    }

    /** How many steps are left; negative once they were overspent. */
    public long left() {
        return left;
    }

    /** @throws Overspent if there are not so many left */
    public void spend(long steps) {
        left -= steps;
        if (left < 0) {
            throw new Overspent();
        }
        if (left < next) {
            next = left - STEPS_AT_ONCE;
            pace.step();
        }
    }

    /** There was no effort left to say whether an event matches. */
    public static final class Overspent extends RuntimeException {

        private static final long serialVersionUID = 1;

        private Overspent() {
            super("comparing takes more than %,d steps".formatted(ONE_FILTER), null, false, false);
        }
    }
}
