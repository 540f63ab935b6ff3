package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.connector.http.Variant.Wait;
import io.waypost.connector.http.Variant.Wait.Unit;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads answers by the tables of a connector file. */
final class Answers {

    private static final Duration THROTTLE = Duration.ofSeconds(30);

    private final Expressions expressions;

    Answers(Expressions expressions) {
        this.expressions = expressions;
    }

    Outcome judge(Variant variant, Answered answer, Instant now) {
        var status = answer.status();
        var shown = answer.beginning();
        if (isSuccess(variant.success(), variant.successBody(), answer)) {
            return new Succeeded(status, shown);
        }
        var failure = status / 100 == 2 ? Failure.RESPONSE_REJECTED : Failure.HTTP_STATUS;
        var detail = "status %d: %s".formatted(status, shown.lines().findFirst().orElse("no body"));
        var wait = wait(variant, answer, now);
        var action = ErrorRow.find(variant.errors(), status, answer.text(), predicate -> isTrue(predicate, answer))
                .map(ErrorRow::action)
                .orElseGet(() -> ErrorRow.otherwise(status));
        return switch (action) {
            case RETRY -> new Failed(failure, detail, status, shown, wait, true);
            case THROTTLE -> new Throttled(wait == null ? THROTTLE : wait, detail, status, shown);
            case PERMANENT -> new Rejected(failure, detail, status, shown);
            case DEACTIVATE -> new Gone(failure, detail, status, shown);
        };
    }

    /** @param body JSONata over the answer; null if the status alone tells */
    boolean isSuccess(Statuses statuses, @Nullable String body, Answered answer) {
        return statuses.has(answer.status()) && (body == null || isTrue(body, answer));
    }

    private @Nullable Duration wait(Variant variant, Answered answer, Instant now) {
        return variant.waits().stream()
                .map(wait -> wait(wait, answer, now))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private @Nullable Duration wait(Wait wait, Answered answer, Instant now) {
        var header = answer.header(wait.header());
        if (header != null) {
            return wait.unit() == Unit.S ? RetryAfter.parse(header, now) : wait(wait, header.strip(), now);
        }
        if (wait.body() == null) {
            return null;
        }
        try {
            var found = expressions.evaluate(wait.body(), json(answer), Map.of());
            return found.isValueNode() ? wait(wait, found.asText(), now) : null;
        } catch (ExpressionFailed _) {
            return null; // an answer of another shape tells no wait
        }
    }

    private static @Nullable Duration wait(Wait wait, String number, Instant now) {
        return switch (wait.unit()) {
            case S -> RetryAfter.seconds(number, 1000);
            case MS -> RetryAfter.seconds(number, 1);
            case EPOCH -> RetryAfter.until(number, now);
        };
    }

    private boolean isTrue(String predicate, Answered answer) {
        try {
            return expressions.evaluate(predicate, json(answer), Map.of()).asBoolean(false);
        } catch (ExpressionFailed _) {
            return false; // an answer of another shape is not what the predicate looks for
        }
    }

    /** The answer as JSON; text that is none, as a string. */
    private static JsonNode json(Answered answer) {
        try {
            return Json.read(answer.body());
        } catch (Refused _) {
            return TextNode.valueOf(answer.text().strip());
        }
    }
}
