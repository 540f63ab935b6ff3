package io.waypost.route.check;

import io.waypost.platform.Json;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Values of parameters that are to arrive as they stand. Camel makes one URI of an endpoint and its parameters and takes that
 * apart again, so that {@code &}, {@code +} or {@code %} in a value, or in the setting it stands for, would change it; marked as
 * raw they do not.
 */
final class Literals {

    private static final String RAW = "RAW";

    private Literals() {}

    /** The text of the file with these values marked. Every line stays where it is. */
    static String written(String text, List<ScalarNode> values) {
        var written = new StringBuilder(text);
        values.stream()
                .sorted(Comparator.comparingInt((ScalarNode value) ->
                                at(text, value.getStartMark().orElseThrow()))
                        .reversed())
                .forEach(value -> mark(text, value, written));
        return written.toString();
    }

    private static void mark(String text, ScalarNode value, StringBuilder written) {
        var from = at(text, value.getStartMark().orElseThrow());
        var to = at(text, value.getEndMark().orElseThrow());
        if (value.getValue().startsWith(RAW)) {
            return;
        }
        var lines = text.substring(from, to).chars().filter(c -> c == '\n').count();
        written.replace(from, to, Json.write(raw(value.getValue())) + "\n".repeat((int) lines));
    }

    /** In brackets of the kind that the value does not close. */
    private static String raw(String value) {
        return value.contains(")&") ? RAW + "{" + value + "}" : RAW + "(" + value + ")";
    }

    /** Marks count code points. */
    private static int at(String text, Mark mark) {
        return text.offsetByCodePoints(0, mark.getIndex());
    }
}
