package io.waypost.intake.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import java.util.Map;
import org.apache.camel.Body;
import org.apache.camel.Variable;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Settings that are plain text or JSONata over the item: a string in quotes or an expression in parentheses is JSONata,
 * anything else stands for itself.
 */
@Component("setting")
public class SettingExpressions {

    private final Expressions expressions;

    SettingExpressions(Expressions expressions) {
        this.expressions = expressions;
    }

    /**
     * The value for an item; missing if it is not set.
     *
     * @throws ExpressionFailed if it fails on this item
     */
    public JsonNode value(
            @Body JsonNode item,
            @Variable("source") Source source,
            @Variable("headers") JsonNode headers,
            @Variable("query") JsonNode query,
            String name) {
        var text = source.settings().path(name).textValue();
        if (text == null) {
            return MissingNode.getInstance();
        }
        return isExpression(text)
                ? expressions.evaluate(text, item, Map.of("headers", headers, "query", query))
                : TextNode.valueOf(text);
    }

    /** What is wrong with it as JSONata; null if nothing is, or it is plain text. */
    @Nullable
    String fault(String text) {
        try {
            if (isExpression(text)) {
                expressions.check(text);
            }
            return null;
        } catch (ExpressionFailed e) {
            return e.getMessage();
        }
    }

    private static boolean isExpression(String text) {
        var begin = text.strip();
        return begin.startsWith("(") || begin.startsWith("\"") || begin.startsWith("'");
    }
}
