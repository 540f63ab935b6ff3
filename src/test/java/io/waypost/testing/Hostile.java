package io.waypost.testing;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What one tenant has the gateway compute to harm others: definitions of subscriptions to {@code hostile}, and an event. */
public enum Hostile {
    ENDLESS_CONDITIONS(10, _ -> "\"condition\":\"%s\"".formatted(Endless.at(60)), "{}"),
    ENDLESS_TRANSFORMS(10, _ -> "\"transform\":\"%s\"".formatted(Endless.at(60)), "{}"),
    MANY_DIFFERENT_CONDITIONS(25, i -> "\"condition\":\"%d = %s\"".formatted(i, Endless.at(60 + i)), "{}"),
    FILTERS_ON_FOUR_ARRAYS(
            10,
            i ->
                    "\"filter\":{\"data\":{\"p\":{\"a\":[1]},\"q\":{\"a\":[1]},\"r\":{\"a\":[1]},\"s\":{\"a\":[1]},\"z\":[%d]}}"
                            .formatted(i + 1),
            "{\"p\":%1$s,\"q\":%1$s,\"r\":%1$s,\"s\":%1$s,\"z\":0}".formatted(ones(1_000))),
    FILTERS_THAT_LOOK_THROUGH_MUCH(
            10,
            i -> "\"filter\":{\"data\":{\"p\":{\"a\":[{\"anything-but\":1}],\"b\":[{\"prefix\":\"%d\"}]}}}"
                    .formatted(i),
            "{\"p\":%s}".formatted(ones(20_000))),
    REGULAR_EXPRESSIONS(
            10,
            i -> "\"condition\":\"$contains(data.s, /(a+)+%d$/)\"".formatted(i),
            "{\"s\":\"%s\"}".formatted("a".repeat(3_000)));

    private final int count;
    private final IntFunction<String> definition;
    private final String data;

    Hostile(int count, IntFunction<String> definition, String data) {
        this.count = count;
        this.definition = definition;
        this.data = data;
    }

    /** Bodies of the subscriptions, to the URL. */
    public List<String> subscriptions(String url) {
        return IntStream.range(0, count)
                .mapToObj(i ->
                        "{\"events\":[\"hostile\"],\"config\":{\"url\":\"%s\"},%s}".formatted(url, definition.apply(i)))
                .toList();
    }

    public String event() {
        return "{\"type\":\"hostile\",\"data\":%s}".formatted(data);
    }

    private static String ones(int count) {
        return IntStream.range(0, count).mapToObj(_ -> "{\"a\":1}").collect(Collectors.joining(",", "[", "]"));
    }

    /** Would take years; the gateway ends it after 200 ms. */
    public static final class Endless {

        private Endless() {}

        public static String at(int n) {
            return "($f := function($n) { $n < 2 ? 1 : $f($n - 1) + $f($n - 2) }; $f(%d) > 0)".formatted(n);
        }
    }
}
