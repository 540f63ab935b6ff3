package io.waypost.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.delivery.log.Delivery;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscriptions.Check;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Deliveries, attempts and checks as the API shows them. */
final class DeliveryJson {

    private DeliveryJson() {}

    static ObjectNode of(Delivery delivery) {
        return Json.object()
                .put("id", delivery.key().id())
                .put("event", delivery.eventId())
                .put("type", delivery.type())
                .put("subscription", delivery.subscriptionId())
                .put("status", delivery.status().code())
                .put("attemptCount", delivery.attemptCount())
                .put("nextAttemptAt", text(delivery.nextAttemptAt()))
                .put("createdAt", text(delivery.key().createdAt()))
                .put("finishedAt", text(delivery.finishedAt()))
                .put("replay", delivery.replay());
    }

    static ObjectNode of(Delivery.Attempt attempt) {
        var failure = attempt.failure();
        return Json.object()
                .put("id", attempt.id())
                .put("number", attempt.number())
                .put("at", text(attempt.at()))
                .put("durationMs", attempt.durationMs())
                .put("outcome", failure == null ? "succeeded" : "failed")
                .put("statusCode", attempt.statusCode())
                .put("error", failure == null ? null : failure.code())
                .put("detail", attempt.detail())
                .put("responseBody", attempt.responseBody());
    }

    static ArrayNode of(List<Check> checks) {
        var list = Json.MAPPER.createArrayNode();
        checks.forEach(check -> list.addObject()
                .put("check", check.check())
                .put("passed", check.passed())
                .put("detail", check.detail()));
        return list;
    }

    static @Nullable String text(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }
}
