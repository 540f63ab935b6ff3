package io.waypost.connector;

import com.dashjoin.jsonata.Jsonata;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.waypost.platform.Json;
import java.util.Map;

/** JSONata without bounds, for tests. */
public final class PlainExpressions implements Expressions {

    @Override
    public JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings) {
        try {
            var parsed = Jsonata.jsonata(expression);
            var frame = parsed.createFrame();
            bindings.forEach((name, value) -> frame.bind(name, plain(value)));
            var result = parsed.evaluate(plain(input), frame);
            return result == null ? MissingNode.getInstance() : Json.MAPPER.valueToTree(result);
        } catch (RuntimeException e) {
            throw new ExpressionFailed(e.getMessage(), e);
        }
    }

    @Override
    public void check(String expression) {
        try {
            Jsonata.jsonata(expression);
        } catch (RuntimeException e) {
            throw new ExpressionFailed(e.getMessage(), e);
        }
    }

    private static Object plain(JsonNode node) {
        return Json.MAPPER.convertValue(node, Object.class);
    }
}
