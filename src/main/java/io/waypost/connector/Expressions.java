package io.waypost.connector;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** JSONata, bounded in time, depth and size, so that no expression of a tenant can hurt anybody else. */
public interface Expressions {

    /**
     * The value of an expression. Numbers it only copies keep their digits.
     *
     * @param bindings variables, without the {@code $}
     * @return {@code MissingNode} if the expression yields nothing
     * @throws ExpressionFailed if it does not parse, fails, or oversteps a bound
     */
    JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings);

    /**
     * Whether an expression can be used at all.
     *
     * @throws ExpressionFailed if it does not parse; the message names the place
     */
    void check(String expression);
}
