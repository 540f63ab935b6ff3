package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Parser.Symbol;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks into the steps of a parsed expression. The library runs a regular expression with an engine that nothing bounds, so
 * each literal one is exchanged for a {@link Regex}: when the expression is read, so that one that cannot be used is refused
 * then, and should one have been overlooked, before it is evaluated.
 */
final class Steps {

    private static final VarHandle TYPE = field("type", String.class);
    private static final VarHandle VALUE = field("value", Object.class);
    private static final VarHandle TREE = field(Jsonata.class, "ast", Symbol.class);

    /** Where a step may have others. */
    private static final List<VarHandle> PARTS = Arrays.stream(Symbol.class.getDeclaredFields())
            .filter(field -> Set.of(Symbol.class, List.class, Object.class).contains(field.getType()))
            .map(field -> field(field.getName(), field.getType()))
            .toList();

    private Steps() {}

    /**
     * Makes all steps of an expression safe to evaluate.
     *
     * @throws IllegalArgumentException if a regular expression in it cannot be used
     */
    static void prepare(Jsonata expression) {
        var known = Collections.newSetFromMap(new IdentityHashMap<Object, Boolean>());
        var next = new ArrayDeque<Object>(List.of(TREE.get(expression)));
        while (!next.isEmpty()) {
            var part = next.pop();
            if (part instanceof Symbol step && known.add(step)) {
                prepare(step);
                PARTS.stream()
                        .map(field -> field.get(step))
                        .filter(Objects::nonNull)
                        .forEach(next::push);
            } else if (part instanceof Symbol[] steps) {
                next.addAll(Arrays.asList(steps));
            } else if (part instanceof List<?> parts) {
                parts.stream().filter(Objects::nonNull).forEach(next::push);
            }
        }
    }

    /** Makes a step safe to evaluate. @return whether it makes a function that changes values in place */
    static boolean prepare(Symbol step) {
        var type = (@Nullable String) TYPE.get(step);
        if ("regex".equals(type) && (@Nullable Object) VALUE.get(step) instanceof Pattern pattern) {
            VALUE.set(step, new Regex(pattern));
        }
        return "transform".equals(type);
    }

    private static VarHandle field(String name, Class<?> type) {
        return field(Symbol.class, name, type);
    }

    private static VarHandle field(Class<?> of, String name, Class<?> type) {
        try {
            return MethodHandles.privateLookupIn(of, MethodHandles.lookup()).findVarHandle(of, name, type);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JSONata library is not the one the sandbox was made for", e);
        }
    }
}
