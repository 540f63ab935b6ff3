package io.waypost.platform;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What is wrong with an input: the first {@value #MOST} things, and of the others only how many they are. An input that is
 * made for it has millions of them.
 */
public final class Violations extends AbstractList<Violation> {

    public static final int MOST = 100;

    private final List<Violation> first = new ArrayList<>();
    private int more;

    /** What is in the list, and how many it has left out if it is one of these. */
    public static Violations of(Collection<Violation> some) {
        var violations = new Violations();
        violations.addAll(some);
        return violations;
    }

    /** How many there are beside those in the list; 0 or more. */
    public int more() {
        return more;
    }

    /** The same, with each pointer changed. */
    public Violations at(UnaryOperator<String> pointers) {
        var moved = new Violations();
        first.forEach(v -> moved.add(new Violation(pointers.apply(v.pointer()), v.detail())));
        moved.more = more;
        return moved;
    }

    @Override
    public boolean add(Violation violation) {
        if (first.size() < MOST) {
            first.add(violation);
        } else {
            more++;
        }
        return true;
    }

    /** Adds those that are not in the list yet. */
    void addOthers(Collection<Violation> others) {
        var had = List.copyOf(first);
        others.stream().filter(v -> !had.contains(v)).forEach(this::add);
        more += others instanceof Violations some ? some.more : 0;
    }

    @Override
    public boolean addAll(Collection<? extends Violation> others) {
        others.forEach(this::add);
        if (others instanceof Violations some) {
            more += some.more;
        }
        return !others.isEmpty();
    }

    @Override
    public Violation get(int index) {
        return first.get(index);
    }

    @Override
    public int size() {
        return first.size();
    }
}
