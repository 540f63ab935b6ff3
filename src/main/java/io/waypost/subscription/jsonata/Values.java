package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Jsonata;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.platform.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as the evaluator wants it, and back. Numbers keep their digits both ways. */
final class Values {

    private static final long EXACT_INTEGERS = 1L << 53;

    private Values() {}

    /** @return null for a missing node, which the evaluator takes as nothing */
    static @Nullable Object toJava(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                var map = new LinkedHashMap<String, @Nullable Object>();
                node.properties().forEach(field -> map.put(field.getKey(), toJava(field.getValue())));
                yield map;
            }
            case ARRAY -> {
                var list = new ArrayList<@Nullable Object>(node.size());
                node.forEach(item -> list.add(toJava(item)));
                yield list;
            }
            case STRING -> node.textValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> number(node);
            case MISSING -> null;
            default -> Jsonata.NULL_VALUE;
        };
    }

    private static Number number(JsonNode node) {
        if (node.isBigDecimal() || node.isFloatingPointNumber()) {
            return node.decimalValue();
        }
        if (node.canConvertToInt()) {
            return node.intValue();
        }
        return node.canConvertToLong() ? node.longValue() : node.bigIntegerValue();
    }

    /** @return a missing node for nothing, and for functions */
    static JsonNode toJson(@Nullable Object value) {
        return switch (value) {
            case null -> MissingNode.getInstance();
            case String text -> TextNode.valueOf(text);
            case Boolean bool -> BooleanNode.valueOf(bool);
            case Integer number -> IntNode.valueOf(number);
            case Long number -> LongNode.valueOf(number);
            case BigInteger number -> BigIntegerNode.valueOf(number);
            case BigDecimal number -> DecimalNode.valueOf(number);
            case Number number -> fraction(number.doubleValue());
            case List<?> list -> array(list);
            case Map<?, ?> map -> object(map);
            default -> value == Jsonata.NULL_VALUE ? NullNode.getInstance() : MissingNode.getInstance();
        };
    }

    private static JsonNode fraction(double number) {
        if (!Double.isFinite(number)) {
            return NullNode.getInstance();
        }
        return number == Math.rint(number) && Math.abs(number) < EXACT_INTEGERS
                ? LongNode.valueOf((long) number)
                : DoubleNode.valueOf(number);
    }

    private static JsonNode array(List<?> list) {
        var array = Json.MAPPER.createArrayNode();
        for (var item : list) {
            var json = toJson(item);
            if (!json.isMissingNode()) {
                array.add(json);
            }
        }
        return array;
    }

    private static JsonNode object(Map<?, ?> map) {
        var object = Json.object();
        map.forEach((key, item) -> {
            var json = toJson(item);
            if (!json.isMissingNode()) {
                object.set(String.valueOf(key), json);
            }
        });
        return object;
    }

    /** A copy that shares nothing which can change. */
    static @Nullable Object copy(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                var copy = new LinkedHashMap<@Nullable Object, @Nullable Object>();
                map.forEach((key, item) -> copy.put(key, copy(item)));
                yield copy;
            }
            case List<?> list -> {
                var copy = new ArrayList<@Nullable Object>(list.size());
                list.forEach(item -> copy.add(copy(item)));
                yield copy;
            }
            case null, default -> value;
        };
    }
}
