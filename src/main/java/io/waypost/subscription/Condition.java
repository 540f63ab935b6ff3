package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.platform.Json;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Subscriptions.Check;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** A JSONata expression that must hold for an event to be delivered. */
final class Condition {

    private static final int MAX_SHOWN = 100;

    private final Evaluations evaluations;

    Condition(Evaluations evaluations) {
        this.evaluations = evaluations;
    }

    /** Whether it holds, if that can be said at once. */
    Optional<Boolean> holdsAtOnce(String tenant, String condition, JsonNode event) {
        try {
            return evaluations.evaluateAtOnce(tenant, condition, event).map(Condition::holds);
        } catch (ExpressionFailed _) {
            return Optional.of(false);
        }
    }

    /**
     * Whether it holds.
     *
     * @return empty if that takes long and too much of the tenant waits already
     */
    Optional<Boolean> holds(String tenant, String condition, JsonNode event, Patience patience) {
        try {
            return evaluations.evaluate(tenant, condition, event, patience).map(Condition::holds);
        } catch (ExpressionFailed _) {
            return Optional.of(false);
        }
    }

    /** Whether it holds, as JSONata takes a value for true; one that fails does not hold. */
    Check check(String tenant, String condition, JsonNode event) {
        try {
            var value = evaluations.evaluate(tenant, condition, event);
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
