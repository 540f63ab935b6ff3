package io.waypost.platform;

import org.jspecify.annotations.Nullable;

/** Thrown while the process starts, for something that whoever starts it can put right. */
public final class CannotStart extends IllegalStateException {

    private static final long serialVersionUID = 1;

    private final String problem;
    private final String remedy;

    /** @param remedy what to do about it, as a sentence */
    public CannotStart(String problem, String remedy, @Nullable Throwable cause) {
        super(problem + ". " + remedy, cause);
        this.problem = problem;
        this.remedy = remedy;
    }

    public CannotStart(String problem, String remedy) {
        this(problem, remedy, null);
    }

    public String problem() {
        return problem;
    }

    public String remedy() {
        return remedy;
    }
}
