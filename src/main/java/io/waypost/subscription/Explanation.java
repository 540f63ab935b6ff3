package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ExpressionFailed;
import io.waypost.event.Event;
import io.waypost.platform.Invalid;
import io.waypost.subscription.Evaluations.Patience;
import io.waypost.subscription.Subscriptions.Check;
import io.waypost.subscription.filter.Effort;
import io.waypost.subscription.filter.Effort.Overspent;
import io.waypost.subscription.filter.Filter;
import java.util.List;
import java.util.Locale;

/** Why a subscription gets an event, or does not, and what becomes of it. */
final class Explanation {

    private final Evaluations evaluations;
    private final Condition condition;

    Explanation(Evaluations evaluations) {
        this.evaluations = evaluations;
        this.condition = new Condition(evaluations);
    }

    /**
     * What its transform makes of an event.
     *
     * @throws Invalid if it fails
     */
    JsonNode transformed(String tenant, String transform, ObjectNode input) {
        try {
            return evaluations.evaluate(tenant, transform, input);
        } catch (ExpressionFailed e) {
            throw new Invalid("/transform", "fails on this event: " + e.getMessage());
        }
    }

    List<Check> of(Subscription subscription, Event event) {
        var json = event.toJson();
        return List.of(
                events(subscription, event.type()),
                filter(subscription, json),
                condition(subscription, json),
                active(subscription),
                window(subscription, event));
    }

    private static Check events(Subscription subscription, String type) {
        var events = subscription.definition().events();
        return events.stream()
                .filter(pattern -> TypePattern.of(pattern).matches(type))
                .findFirst()
                .map(pattern -> new Check("events", true, "%s is asked for by %s".formatted(type, pattern)))
                .orElseGet(() -> new Check(
                        "events", false, "%s is asked for by none of %s".formatted(type, String.join(", ", events))));
    }

    private Check filter(Subscription subscription, ObjectNode event) {
        var filter = subscription.definition().filter();
        if (filter == null) {
            return new Check("filter", true, "There is no filter");
        }
        try {
            var comparable = Filter.comparable(event);
            if (evaluations
                    .matches(subscription.tenant(), Filter.stored(filter), () -> comparable, Patience.WAITS)
                    .orElseThrow()) {
                return new Check("filter", true, "The event matches the filter");
            }
            var mismatches = Filter.mismatches(filter, comparable, new Effort(Effort.ONE_FILTER));
            // Each field may match by itself, but in different elements of one list.
            var detail = mismatches.isEmpty()
                    ? "The fields of the filter match only in different elements of a list"
                    : String.join("; ", mismatches);
            return new Check("filter", false, detail);
        } catch (IllegalArgumentException e) {
            return new Check("filter", false, "The filter cannot be applied: it " + e.getMessage());
        } catch (Overspent e) {
            return new Check("filter", false, "The filter cannot be applied: " + e.getMessage());
        }
    }

    private Check condition(Subscription subscription, JsonNode event) {
        var expression = subscription.definition().condition();
        return expression == null
                ? new Check("condition", true, "There is no condition")
                : condition.check(subscription.tenant(), expression, event);
    }

    private static Check active(Subscription subscription) {
        var state = subscription.state();
        if (subscription.active()) {
            return new Check("active", true, "The subscription is active");
        }
        var kind = state.kind().name().toLowerCase(Locale.ROOT);
        var reason = state.reason() == null ? "" : " (%s)".formatted(state.reason());
        return new Check("active", false, "The subscription is %s since %s%s".formatted(kind, state.since(), reason));
    }

    private static Check window(Subscription subscription, Event event) {
        var since = subscription.state().since();
        if (subscription.active() || since == null) {
            return new Check("window", true, "The subscription is active, so nothing is held back");
        }
        var until = since.plus(subscription.definition().replayBuffer().window());
        return event.receivedAt().isBefore(until)
                ? new Check("window", true, "What comes before %s is kept for the activation".formatted(until))
                : new Check("window", false, "What comes from %s on is only counted".formatted(until));
    }
}
