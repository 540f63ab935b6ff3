package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Expressions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Evaluations that a test makes as busy as it needs them. */
public final class TestEvaluations extends Evaluations {

    private volatile boolean behind;

    /** @param result what any expression makes of its input */
    public TestEvaluations(UnaryOperator<JsonNode> result) {
        super(new Expressions() {
            @Override
            public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings, Duration most) {
                return result.apply(input);
            }

            @Override
            public void check(String expression) {
                // All of them can be used.
            }
        });
    }

    /** Whether so much waits to be computed that more had better come later. */
    public void behind(boolean is) {
        behind = is;
    }

    @Override
    public boolean isBehind(String tenant) {
        return behind;
    }

    @Override
    public Optional<JsonNode> evaluate(String tenant, String expression, JsonNode input, Patience patience) {
        return behind && patience == Patience.COMES_BACK
                ? Optional.empty()
                : super.evaluate(tenant, expression, input, patience);
    }
}
