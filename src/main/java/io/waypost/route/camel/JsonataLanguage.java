package io.waypost.route.camel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.platform.Json;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.support.ExpressionAdapter;
import org.apache.camel.support.LanguageSupport;
import org.jspecify.annotations.Nullable;

/**
 * JSONata over the body, with the bounds it has everywhere else. {@code $event} is the event the route began with, {@code
 * $variables} and {@code $headers} are the exchange's.
 */
final class JsonataLanguage extends LanguageSupport {

    private final Expressions expressions;

    JsonataLanguage(Expressions expressions) {
        this.expressions = expressions;
    }

    @Override
    public Predicate createPredicate(String expression) {
        return (Predicate) createExpression(expression);
    }

    @Override
    public Expression createExpression(String expression) {
        try {
            expressions.check(expression);
        } catch (ExpressionFailed e) {
            throw new IllegalArgumentException("is no JSONata expression: " + e.getMessage(), e);
        }
        return new Jsonata(expression);
    }

    private JsonNode evaluate(String expression, Exchange exchange) {
        var message = FlowBody.message(exchange);
        return expressions.evaluate(
                expression,
                FlowBody.json(exchange),
                Map.of(
                        "event",
                        message == null ? Json.object() : message.event().toJson(),
                        "variables",
                        object(exchange.getVariables(), exchange),
                        "headers",
                        object(exchange.getMessage().getHeaders(), exchange)));
    }

    private static ObjectNode object(Map<String, Object> values, Exchange exchange) {
        var object = Json.object();
        values.forEach((name, value) -> object.set(name, FlowBody.json(value, exchange)));
        return object;
    }

    private final class Jsonata extends ExpressionAdapter implements Predicate {

        private final String text;

        Jsonata(String text) {
            this.text = text;
        }

        @Override
        public @Nullable Object evaluate(Exchange exchange) {
            return FlowBody.plain(JsonataLanguage.this.evaluate(text, exchange));
        }

        @Override
        public boolean matches(Exchange exchange) {
            return JsonataLanguage.this.evaluate(text, exchange).asBoolean(false);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
