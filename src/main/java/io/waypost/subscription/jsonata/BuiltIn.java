package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata.JFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A built-in function that stays within the bounds of the evaluation it is called in. */
final class BuiltIn extends JFunction {

    /** What a function does with its arguments. */
    interface Body {
        @Nullable
        Object call(Arguments arguments) throws Throwable;
    }

    /** Arguments by place; what was left out is null. */
    record Arguments(List<?> given) {

        @Nullable
        Object get(int place) {
            return place < given.size() ? given.get(place) : null;
        }

        @Nullable
        String text(int place) {
            return get(place) instanceof String text ? text : null;
        }

        @Nullable
        Number number(int place) {
            return get(place) instanceof Number number ? number : null;
        }
    }

    private final @Nullable Body body;

    /**
     * @param signature of JSONata, as the library registers it
     * @param method of the library's {@link Functions} that it runs, and whose parameters it takes
     * @param body what it does instead; null to let the library do it
     */
    BuiltIn(String name, String signature, String method, @Nullable Body body) {
        super(name, signature, Functions.class, null, method);
        this.body = body;
    }

    @Override
    @SuppressWarnings("rawtypes") // as the library has it
    public @Nullable Object call(@Nullable Object input, List args) {
        var bounds = Bounds.CURRENT.get();
        bounds.tick();
        var result = body == null ? super.call(input, args) : run(body, new Arguments((List<?>) args));
        bounds.took(result);
        return result;
    }

    private static @Nullable Object run(Body body, Arguments arguments) {
        try {
            return body.call(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new JException(e, String.valueOf(e.getMessage()), -1, null, null);
        }
    }
}
