package io.waypost.platform;

import java.util.List;
import java.util.stream.Stream;

/** An input that cannot be accepted, with everything that is wrong with it. HTTP says 422. */
public final class Invalid extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient List<Violation> violations;

    public Invalid(List<Violation> violations) {
        super(violations.isEmpty() ? "invalid" : summary(violations));
        this.violations = List.copyOf(violations);
    }

    public Invalid(String pointer, String detail) {
        this(List.of(new Violation(pointer, detail)));
    }

    /** Found by two who looked at the same; what both say is said once. */
    public static Invalid of(List<Violation> some, List<Violation> others) {
        return new Invalid(
                Stream.concat(some.stream(), others.stream()).distinct().toList());
    }

    public List<Violation> violations() {
        return violations;
    }

    /** Throws if there is anything in the list. */
    public static void throwIfAny(List<Violation> violations) {
        if (!violations.isEmpty()) {
            throw new Invalid(violations);
        }
    }

    private static String summary(List<Violation> violations) {
        var first = violations.getFirst();
        var place = first.pointer().isEmpty() ? "" : first.pointer() + " ";
        var more = violations.size() == 1 ? "" : " (and %d more)".formatted(violations.size() - 1);
        return place + first.detail() + more;
    }
}
