package io.waypost.subscription.jsonata;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Utils;
import io.waypost.subscription.jsonata.BuiltIn.Arguments;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Functions over lists and objects whose cost in the library grows with the square of their size, or that are wrong there. */
final class ListFunctions {

    private static final int MAX_DISTINCT = 10_000;

    private ListFunctions() {}

    static @Nullable Object spread(Arguments arguments) {
        var value = arguments.get(0);
        if (!(value instanceof List) && !(value instanceof Map)) {
            return value;
        }
        var parts = Utils.createSequence();
        spread(value, parts);
        return parts;
    }

    private static void spread(@Nullable Object value, List<Object> parts) {
        if (value instanceof List<?> list) {
            list.forEach(item -> spread(item, parts));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> {
                var part = new LinkedHashMap<@Nullable Object, @Nullable Object>();
                part.put(key, item);
                parts.add(part);
            });
        } else if (value != null) {
            parts.add(value);
        }
        Bounds.CURRENT.get().checkedItems(parts.size());
    }

    static @Nullable Object distinct(Arguments arguments) {
        if (arguments.get(0) instanceof List<?> list && list.size() > MAX_DISTINCT) {
            throw Bounds.CURRENT.get().over("asks for the distinct of more than %d items".formatted(MAX_DISTINCT));
        }
        return Functions.distinct(arguments.get(0));
    }

    static @Nullable Object copy(Arguments arguments) {
        return Values.copy(arguments.get(0));
    }

    static @Nullable Object sort(Arguments arguments) throws Throwable {
        var value = arguments.get(0);
        if (!(value instanceof List<?> list)) {
            return value == null ? null : Utils.createSequence(value);
        }
        var function = arguments.get(1);
        if (function != null) {
            return sorted(new ArrayList<>(list), function);
        }
        var sorted = new ArrayList<Object>(list);
        if (list.stream().allMatch(Number.class::isInstance)) {
            sorted.sort(Comparator.comparing(ListFunctions::decimal));
        } else if (list.stream().allMatch(String.class::isInstance)) {
            sorted.sort(Comparator.comparing(String.class::cast));
        } else {
            throw new JException("D3070", -1);
        }
        return sorted;
    }

    private static BigDecimal decimal(Object number) {
        return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
    }

    /** Merges, because the function only says whether two are in the wrong order, which is no comparator for the JDK's. */
    private static List<Object> sorted(List<Object> list, Object function) throws Throwable {
        if (list.size() < 2) {
            return list;
        }
        var middle = list.size() / 2;
        var left = sorted(list.subList(0, middle), function);
        var right = sorted(list.subList(middle, list.size()), function);
        var merged = new ArrayList<Object>(list.size());
        int l = 0;
        int r = 0;
        while (l < left.size() && r < right.size()) {
            var arguments = new ArrayList<Object>(List.of(left.get(l), right.get(r)));
            merged.add(Jsonata.boolize(Functions.funcApply(function, arguments)) ? right.get(r++) : left.get(l++));
        }
        merged.addAll(left.subList(l, left.size()));
        merged.addAll(right.subList(r, right.size()));
        return merged;
    }
}
