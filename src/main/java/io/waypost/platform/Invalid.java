package io.waypost.platform;

import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

/** An input that cannot be accepted, with what is wrong with it: all, or the first {@value Violations#MOST}. HTTP says 422. */
public final class Invalid extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Violations violations;

    public Invalid(Collection<Violation> violations) {
        this(Violations.of(violations));
    }

    private Invalid(Violations violations) {
        super(violations.isEmpty() ? "invalid" : summary(violations));
        this.violations = violations;
    }

    public Invalid(String pointer, String detail) {
        this(List.of(new Violation(pointer, detail)));
    }

    /** Found by two who looked at the same; what both say is said once. */
    public static Invalid of(List<Violation> some, List<Violation> others) {
        var both = Violations.of(some);
        both.addOthers(others);
        return new Invalid(both);
    }

    /** The same, with each pointer changed. */
    public Invalid at(UnaryOperator<String> pointers) {
        return new Invalid(violations.at(pointers));
    }

    /** At least one, unless there was nothing to say. */
    public Violations violations() {
        return Violations.of(violations);
    }

    /** Throws if there is anything in the list. */
    public static void throwIfAny(List<Violation> violations) {
        if (!violations.isEmpty()) {
            throw new Invalid(violations);
        }
    }

    private static String summary(Violations violations) {
        var first = violations.getFirst();
        var place = first.pointer().isEmpty() ? "" : first.pointer() + " ";
        var others = violations.size() - 1;
        if (others == 0) {
            return place + first.detail();
        }
        var listed = violations.more() == 0 ? "" : ", of which %d are listed".formatted(others);
        return "%s%s (and %d more%s)".formatted(place, first.detail(), others + violations.more(), listed);
    }
}
