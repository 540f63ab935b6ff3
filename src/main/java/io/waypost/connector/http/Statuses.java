package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A set of HTTP statuses as a connector file writes it: {@code 200}, {@code 200-299}, {@code 5xx}, or several with commas. */
record Statuses(List<Range> ranges) {

    private static final Pattern RANGE = Pattern.compile("(\\d{3})(?:-(\\d{3}))?");
    private static final Pattern HUNDRED = Pattern.compile("([1-5])xx");

    /** @throws IllegalArgumentException if it is none of these forms */
    static Statuses of(JsonNode node, String otherwise) {
        var ranges = new ArrayList<Range>();
        for (var part : (node.isMissingNode() ? otherwise : node.asText()).split(",")) {
            ranges.add(range(part.strip()));
        }
        return new Statuses(List.copyOf(ranges));
    }

    boolean has(int status) {
        return ranges.stream().anyMatch(range -> status >= range.from && status <= range.to);
    }

    private static Range range(String text) {
        var range = RANGE.matcher(text);
        if (range.matches()) {
            var from = Integer.parseInt(range.group(1));
            return new Range(from, range.group(2) == null ? from : Integer.parseInt(range.group(2)));
        }
        var hundred = HUNDRED.matcher(text);
        if (hundred.matches()) {
            var from = 100 * Integer.parseInt(hundred.group(1));
            return new Range(from, from + 99);
        }
        throw new IllegalArgumentException("status must be like 200, 200-299 or 5xx, not " + text);
    }

    record Range(int from, int to) {}
}
