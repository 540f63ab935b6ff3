package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscriptions.Check;
import java.util.Map;
import java.util.stream.StreamSupport;

/** A JSONata expression that must hold for an event to be delivered. */
final class Condition {

    private static final int MAX_SHOWN = 100;

    private final Expressions expressions;

    Condition(Expressions expressions) {
        this.expressions = expressions;
    }

    /** Whether it holds, as JSONata takes a value for true; one that fails does not hold. */
    Check check(String condition, JsonNode event) {
        try {
            var value = expressions.evaluate(condition, event, Map.of());
            var shown = value.isMissingNode() ? "nothing" : Json.write(value);
            var detail =
                    "The condition gives " + (shown.length() > MAX_SHOWN ? shown.substring(0, MAX_SHOWN) + "…" : shown);
            return new Check("condition", holds(value), detail);
        } catch (ExpressionFailed e) {
            return new Check("condition", false, "The condition fails: " + e.getMessage());
        }
    }

    private static boolean holds(JsonNode value) {
        return switch (value.getNodeType()) {
            case BOOLEAN -> value.booleanValue();
            case STRING -> !value.textValue().isEmpty();
            case NUMBER -> value.decimalValue().signum() != 0;
            case OBJECT -> !value.isEmpty();
            case ARRAY -> StreamSupport.stream(value.spliterator(), false).anyMatch(Condition::holds);
            default -> false;
        };
    }
}
