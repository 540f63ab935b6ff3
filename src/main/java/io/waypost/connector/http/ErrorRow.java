package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One row of a connector's table of errors.
 *
 * @param statuses null for any
 * @param bodies words one of which the answer must hold; empty for any answer
 */
record ErrorRow(@Nullable Statuses statuses, List<Pattern> bodies, Action action) {

    /** What an error means for the delivery and its subscription. */
    enum Action {
        RETRY,
        THROTTLE,
        PERMANENT,
        DEACTIVATE
    }

    /** @throws IllegalArgumentException if the row cannot be understood */
    static ErrorRow of(JsonNode row) {
        var body = row.path("body");
        var words = body.isArray()
                ? StreamSupport.stream(body.spliterator(), false).map(JsonNode::asText)
                : body.isMissingNode() ? Stream.<String>empty() : Stream.of(body.asText());
        return new ErrorRow(
                row.has("status") ? Statuses.of(row.path("status"), "") : null,
                words.map(ErrorRow::word).toList(),
                action(row.path("action").asText()));
    }

    /** The action for an answer: of the row that names its body, else of the one that names its status alone. */
    static Action find(List<ErrorRow> rows, int status, String body) {
        return rows.stream()
                .filter(row -> row.isFor(status) && row.isSaidBy(body))
                .findFirst()
                .or(() -> rows.stream().filter(row -> row.isSaidBy(body)).findFirst())
                .or(() -> rows.stream()
                        .filter(row -> row.bodies.isEmpty() && row.isFor(status))
                        .findFirst())
                .map(ErrorRow::action)
                .orElseGet(() -> otherwise(status));
    }

    private static Action otherwise(int status) {
        return switch (status) {
            case 429 -> Action.THROTTLE;
            case 410 -> Action.DEACTIVATE;
            default -> Action.RETRY;
        };
    }

    private boolean isFor(int status) {
        return statuses == null || statuses.has(status);
    }

    private boolean isSaidBy(String body) {
        return bodies.stream().anyMatch(word -> word.matcher(body).find());
    }

    private static Pattern word(String text) {
        return Pattern.compile("(?<![\\w-])" + Pattern.quote(text) + "(?![\\w-])");
    }

    private static Action action(String name) {
        try {
            return Action.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "errors: action must be retry, throttle, permanent or deactivate, not '%s'".formatted(name), e);
        }
    }
}
