package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Expressions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One row of a connector's table of errors.
 *
 * @param statuses null for any
 * @param words one of which the answer must hold
 * @param predicates JSONata over the answer, one of which must be true; without words and predicates any answer will do
 */
record ErrorRow(@Nullable Statuses statuses, List<Pattern> words, List<String> predicates, Action action) {

    /** What an error means for the delivery and its subscription. */
    enum Action {
        RETRY,
        THROTTLE,
        PERMANENT,
        DEACTIVATE
    }

    /** @throws IllegalArgumentException if the row cannot be understood */
    static ErrorRow of(JsonNode row, Expressions expressions) {
        var words = new ArrayList<Pattern>();
        var predicates = new ArrayList<String>();
        var body = row.path("body");
        for (var one : body.isArray() ? body : body.isMissingNode() ? List.<JsonNode>of() : List.of(body)) {
            if (one.asText().startsWith("$")) {
                expressions.check(one.asText());
                predicates.add(one.asText());
            } else {
                words.add(word(one.asText()));
            }
        }
        return new ErrorRow(
                row.has("status") ? Statuses.of(row.path("status"), "") : null,
                List.copyOf(words),
                List.copyOf(predicates),
                action(row.path("action").asText()));
    }

    /**
     * The row for an answer: the one that names its body, else the one that names its status alone.
     *
     * @param isTrue tells whether a predicate holds for the answer
     */
    static Optional<ErrorRow> find(List<ErrorRow> rows, int status, String body, Predicate<String> isTrue) {
        return rows.stream()
                .filter(row -> row.isFor(status) && row.isSaidBy(body, isTrue))
                .findFirst()
                .or(() -> rows.stream().filter(row -> row.holdsWord(body)).findFirst())
                .or(() -> rows.stream()
                        .filter(row -> row.isForAnyBody() && row.isFor(status))
                        .findFirst());
    }

    /** What an answer means that no row names. */
    static Action otherwise(int status) {
        return switch (status) {
            case 429 -> Action.THROTTLE;
            case 410 -> Action.DEACTIVATE;
            default -> Action.RETRY;
        };
    }

    private boolean isFor(int status) {
        return statuses == null || statuses.has(status);
    }

    private boolean isForAnyBody() {
        return words.isEmpty() && predicates.isEmpty();
    }

    private boolean isSaidBy(String body, Predicate<String> isTrue) {
        return holdsWord(body) || predicates.stream().anyMatch(isTrue);
    }

    private boolean holdsWord(String body) {
        return words.stream().anyMatch(word -> word.matcher(body).find());
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
