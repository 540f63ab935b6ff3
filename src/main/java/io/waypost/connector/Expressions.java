package io.waypost.connector;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;

/** JSONata, bounded in time, depth and size, so that no expression of a tenant can hurt anybody else. */
public interface Expressions {

    /** What one evaluation may take; one that has hardly begun by then, because the machine has too much to do, gets more. */
    Duration LONGEST = Duration.ofMillis(200);

    /**
     * The value of an expression. Numbers it only copies keep their digits.
     *
     * @param bindings variables, without the {@code $}
     * @return {@code MissingNode} if the expression yields nothing
     * @throws ExpressionFailed if it does not parse, fails, or oversteps a bound
     */
    default JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings) {
        return evaluate(expression, input, bindings, LONGEST);
    }

    /**
     * The same in less time.
     *
     * @param most how long it may take, up to {@link #LONGEST}
     * @throws ExpressionFailed.TooSlow if it takes longer
     * @throws ExpressionFailed as above
     */
    JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings, Duration most);

    /**
     * Whether an expression can be used at all.
     *
     * @throws ExpressionFailed if it does not parse; the message names the place
     */
    void check(String expression);
}
