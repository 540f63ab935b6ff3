package io.waypost.connector.pool;

import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.pool.Shape.Input;
import io.waypost.platform.Json;

/** JSON lines: a value a line, and each line ended. */
public final class JsonLines {

    private JsonLines() {}

    /**
     * What the expression in a field gives: an array, such as a batch's events, as a line for each element, anything else as
     * one line.
     *
     * @throws ExpressionFailed if it gives nothing
     */
    public static String of(Input input, String field) {
        var value = input.value(field);
        if (value.isMissingNode() || value.isNull() || (value.isArray() && value.isEmpty())) {
            throw new ExpressionFailed(field + ": yields nothing for this event");
        }
        var lines = new StringBuilder();
        if (value.isArray()) {
            value.forEach(element -> lines.append(Json.write(element)).append('\n'));
        } else {
            lines.append(Json.write(value)).append('\n');
        }
        return lines.toString();
    }
}
