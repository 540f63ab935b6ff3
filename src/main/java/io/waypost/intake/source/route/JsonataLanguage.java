package io.waypost.intake.source.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import io.waypost.connector.Expressions;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.support.ExpressionAdapter;
import org.apache.camel.support.LanguageSupport;
import org.springframework.stereotype.Component;

/**
 * JSONata as a language of Camel's: over a body that is JSON, with the exchange's variables that are JSON under their
 * names, and {@code $index} of the item within a split.
 */
@Component("jsonata-language")
class JsonataLanguage extends LanguageSupport {

    private final Expressions expressions;

    JsonataLanguage(Expressions expressions) {
        this.expressions = expressions;
    }

    /** @throws io.waypost.connector.ExpressionFailed if it does not parse: then the route does not start */
    @Override
    public Expression createExpression(String text) {
        expressions.check(text);
        return new Jsonata(text);
    }

    @Override
    public Predicate createPredicate(String text) {
        expressions.check(text);
        return new Jsonata(text);
    }

    private final class Jsonata extends ExpressionAdapter {

        private final String text;

        Jsonata(String text) {
            this.text = text;
        }

        @Override
        public Object evaluate(Exchange exchange) {
            return value(exchange);
        }

        @Override
        public boolean matches(Exchange exchange) {
            return value(exchange).asBoolean();
        }

        private JsonNode value(Exchange exchange) {
            if (exchange.getMessage().getBody() instanceof JsonNode body) {
                return expressions.evaluate(text, body, variables(exchange));
            }
            throw new RuntimeCamelException("jsonata needs a body that is JSON");
        }

        @Override
        public String toString() {
            return "jsonata: " + text;
        }
    }

    private static Map<String, JsonNode> variables(Exchange exchange) {
        var bindings = new HashMap<String, JsonNode>();
        if (exchange.hasVariables()) {
            exchange.getVariables().forEach((name, value) -> {
                if (value instanceof JsonNode json) {
                    bindings.put(name, json);
                }
            });
        }
        var index = exchange.getProperty(ExchangePropertyKey.SPLIT_INDEX, 0, Integer.class);
        bindings.put("index", IntNode.valueOf(index));
        return bindings;
    }
}
