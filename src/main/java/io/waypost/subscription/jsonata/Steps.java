package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Parser.Symbol;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks into the steps of a parsed expression. The library applies a regular expression to a plain string, where nothing
 * can stop it, so each literal one is exchanged, the first time it is met, for a function of ours that can be stopped.
 */
final class Steps {

    private static final VarHandle TYPE = field("type", String.class);
    private static final VarHandle VALUE = field("value", Object.class);

    private Steps() {}

    /** Makes a step safe to evaluate. @return whether it makes a function that changes values in place */
    static boolean prepare(Symbol step) {
        var type = (@Nullable String) TYPE.get(step);
        if ("regex".equals(type) && (@Nullable Object) VALUE.get(step) instanceof Pattern pattern) {
            VALUE.set(step, new Regex(pattern));
        }
        return "transform".equals(type);
    }

    private static VarHandle field(String name, Class<?> type) {
        try {
            return MethodHandles.privateLookupIn(Symbol.class, MethodHandles.lookup())
                    .findVarHandle(Symbol.class, name, type);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JSONata library is not the one the sandbox was made for", e);
        }
    }
}
