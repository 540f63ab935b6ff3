package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.platform.Caches;
import io.waypost.platform.Json;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Evaluates JSONata within {@link Bounds}. Parsed expressions are kept, and used by many threads at once. */
@Component
class Sandbox implements Expressions {

    /** The most characters of an expression. */
    static final int MAX_LENGTH = 16 * 1024;

    /** A parsed expression takes some 280 times the memory of its text (heap histograms of 200 of 16 KiB). */
    private static final int BYTES_A_CHARACTER = 280;

    private static final int BYTES_AT_LEAST = 4_000;
    private static final int KEPT_MEBIBYTES = 32;
    private static final int MAX_RESULT_BYTES = 1024 * 1024;
    private static final int MAX_ESCAPE = 6;
    private static final int MAX_MESSAGE = 500;

    /** Names under which the evaluator itself looks for its bounds; who binds them is rid of the bounds. */
    private static final String RESERVED = "__evaluate_";

    private static final Pattern BINDS_TUPLES = Pattern.compile("[@#]\\s*\\$|%");

    private record Parsed(Jsonata expression, boolean tuples) {}

    private final Clock clock;
    private final Cache<String, Parsed> parsed =
            Caches.ofMebibytes(KEPT_MEBIBYTES, (text, _) -> BYTES_AT_LEAST + BYTES_A_CHARACTER * text.length());

    Sandbox(Clock clock) {
        this.clock = clock;
        // Loads the classes now, so that the first expression does not spend its time on them.
        evaluate(
                "{ \"a\": $string(a) & $uppercase(\"a\"), \"b\": b.c[d > 1], \"c\": $summary({\"type\": \"a\"}) }",
                Json.object().put("a", 1),
                Map.of());
    }

    @Override
    public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings, Duration most) {
        var parsed = parsed(expression);
        var bounds = new Bounds(clock.instant(), parsed.tuples, most);
        try {
            return ScopedValue.where(Bounds.CURRENT, bounds)
                    .call(() -> evaluate(parsed.expression, bounds, input, bindings));
        } catch (StackOverflowError e) {
            throw new ExpressionFailed("The expression goes too deep; is there an end to its recursion?", e);
        } catch (ExpressionFailed e) {
            throw e;
        } catch (RuntimeException e) {
            var reason = bounds.reason();
            if (reason != null && bounds.outOfTime()) {
                throw new ExpressionFailed.TooSlow(reason, e);
            }
            throw new ExpressionFailed(reason != null ? reason : message(e, expression), e);
        }
    }

    private static JsonNode evaluate(
            Jsonata expression, Bounds bounds, JsonNode input, Map<String, JsonNode> bindings) {
        var frame = expression.createFrame();
        frame.setEvaluateEntryCallback(bounds);
        frame.setEvaluateExitCallback(bounds);
        bindings.forEach((name, value) -> frame.bind(name, Values.toJava(value)));
        var java = Values.toJava(input);
        bounds.took(java);
        var result = expression.evaluate(java, frame);
        bounds.took(result);
        var json = Values.toJson(result);
        return bounds.weight(result) * MAX_ESCAPE <= MAX_RESULT_BYTES ? json : small(json);
    }

    private static JsonNode small(JsonNode result) {
        if (!result.isMissingNode() && Json.write(result).getBytes(StandardCharsets.UTF_8).length > MAX_RESULT_BYTES) {
            throw new ExpressionFailed("The expression yields more than 1 MiB of JSON");
        }
        return result;
    }

    @Override
    public void check(String expression) {
        // Not kept: it may be a draft that nobody ever stores.
        parse(expression);
    }

    private Parsed parsed(String expression) {
        // Not within the cache's own computing, which would make others wait whose expression has a like hash.
        var known = parsed.getIfPresent(expression);
        if (known != null) {
            return known;
        }
        var fresh = parse(expression);
        parsed.put(expression, fresh);
        return fresh;
    }

    private static Parsed parse(String expression) {
        if (expression.length() > MAX_LENGTH) {
            throw new ExpressionFailed("must be at most %d characters long".formatted(MAX_LENGTH));
        }
        if (expression.contains(RESERVED)) {
            throw new ExpressionFailed("must not contain " + RESERVED + ", which is reserved");
        }
        try {
            var jsonata = Jsonata.jsonata(expression);
            jsonata.setValidateInput(false);
            jsonata.setOutputConvertNulls(false);
            BuiltIns.register(jsonata);
            Steps.prepare(jsonata);
            return new Parsed(jsonata, BINDS_TUPLES.matcher(expression).find());
        } catch (StackOverflowError e) {
            throw new ExpressionFailed("is nested too deep", e);
        } catch (VirtualMachineError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // The parser throws a bare Error where an operator has no left side.
            throw new ExpressionFailed(message(e, expression), e);
        }
    }

    private static String message(Throwable problem, String expression) {
        var e = problem;
        while (e.getCause() != null && e.getCause() != e && !(e instanceof JException)) {
            e = e.getCause();
        }
        return switch (e) {
            case JException j -> cut(j.getMessage()) + place(expression, j.getLocation());
            case PatternSyntaxException p -> "the regular expression is wrong: " + cut(p.getDescription());
            case StackOverflowError _ -> "The expression goes too deep; is there an end to its recursion?";
            case IndexOutOfBoundsException _ -> "ends too early" + place(expression, expression.length());
            case ClassCastException _ -> "a function or an operator is given a value of a kind it does not take";
            default -> cut(e.getMessage() == null ? "cannot be evaluated" : e.getMessage());
        };
    }

    private static String cut(@Nullable String message) {
        var text = String.valueOf(message).replaceFirst("^JSonataException ", "");
        return text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) + "…" : text;
    }

    private static String place(String expression, int location) {
        if (location < 0) {
            return "";
        }
        var before = expression.substring(0, Math.min(location, expression.length()));
        var line = before.chars().filter(c -> c == '\n').count() + 1;
        var column = before.length() - before.lastIndexOf('\n');
        return " (line %d, column %d)".formatted(line, column);
    }
}
