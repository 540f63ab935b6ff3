package io.waypost.api;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.List;
import java.util.Map;

/** What bodies look like, for the OpenAPI document only; they are read and written by hand. */
final class Schemas {

    private static final String TIME = "date-time";

    private Schemas() {}

    @Schema(name = "NewEvent", description = "An event to publish; or an array of 1 to 1,000 of them")
    record NewEvent(
            @Schema(requiredMode = RequiredMode.REQUIRED, example = "message.opened", maxLength = 255)
            String type,

            @Schema(description = "Any JSON; numbers keep their digits")
            Object data,

            @Schema(description = "The publisher's own, to tell twins apart")
            String id,

            @Schema(defaultValue = "/") String source,
            String subject,

            @Schema(format = TIME, description = "When it happened; default: when received")
            String time,

            @Schema(description = "Admin keys only", defaultValue = "default")
            String tenant,

            boolean test) {}

    record Published(List<Receipt> events) {}

    record Receipt(
            String id,

            @Schema(description = "Seen before; this is the first one's id")
            boolean duplicate) {}

    @Schema(name = "Event")
    record Event(
            String id,
            String type,
            String source,
            @Schema(description = "The publisher's own id") String sourceId,
            String subject,
            @Schema(format = TIME) String time,
            @Schema(format = TIME) String receivedAt,
            String tenant,
            boolean test,
            Object data,

            @Schema(name = "data_base64", description = "In place of data: bytes")
            String dataBase64) {}

    record EventWithDeliveries(
            String id,
            String type,
            String source,
            String sourceId,
            String subject,
            @Schema(format = TIME) String time,
            @Schema(format = TIME) String receivedAt,
            String tenant,
            boolean test,
            Object data,
            List<Delivery> deliveries) {}

    record EventReplay(
            @Schema(description = "Ids; left out: all active ones that want it")
            List<String> subscriptions) {}

    record DeliveryCount(int deliveries) {}

    record EventCount(long events) {}

    record Explanation(boolean matches, List<Check> checks) {}

    record Check(
            @Schema(allowableValues = {"events", "filter", "condition", "active", "window"})
            String check,

            boolean passed,
            String detail) {}

    @Schema(name = "NewSubscription")
    record NewSubscription(
            String app,
            String name,

            @Schema(description = "Names or patterns: * is one segment, a trailing ** the rest")
            List<String> events,

            @Schema(description = "Short form of events") String event,

            @Schema(description = "Short form of config.url")
            String url,

            @Schema(description = "An Amazon EventBridge event pattern")
            Map<String, Object> filter,

            @Schema(description = "JSONata; true to deliver")
            String condition,

            @Schema(defaultValue = "webhook") String connector,
            Map<String, Object> config,

            @Schema(description = "JSONata; what it gives is sent")
            String transform,

            @Schema(example = "15s") String timeout,

            @Schema(minimum = "1", maximum = "100", defaultValue = "10")
            int concurrency,

            RateLimit rateLimit,
            boolean ordered,
            Retry retry,
            NewDeactivation deactivation,
            NewBuffer replayBuffer,
            @Schema(description = "Admin keys only") String tenant,

            @Schema(description = "One of your own: whsec_… or whsk_…")
            String secret) {}

    record SubscriptionPatch(
            String app,
            String name,
            List<String> events,
            Map<String, Object> filter,
            String condition,
            String connector,
            Map<String, Object> config,
            String transform,
            String timeout,
            int concurrency,
            RateLimit rateLimit,
            boolean ordered,
            Retry retry,
            NewDeactivation deactivation,
            NewBuffer replayBuffer) {}

    record RateLimit(double perSecond) {}

    record Retry(
            @Schema(description = "The waits after the 1st, 2nd, … failed attempt")
            List<String> schedule,

            @Schema(allowableValues = {"standard", "gemmail", "mailingwork", "mailjet", "getresponse"})
            String profile) {}

    record NewDeactivation(
            @Schema(defaultValue = "10") int afterFailures,
            @Schema(defaultValue = "1h") String over) {}

    record Deactivation(
            int afterFailures,
            String over,
            @Schema(format = TIME) String since,
            String reason,
            String lastError) {}

    record NewBuffer(
            @Schema(defaultValue = "5d") String window,
            @Schema(defaultValue = "1") int concurrency) {}

    record ReplayBuffer(
            String window,
            int concurrency,
            long count,
            @Schema(format = TIME) String from,
            @Schema(format = TIME) String until,
            long dropped) {}

    @Schema(name = "Subscription")
    record Subscription(
            String id,
            String tenant,
            String app,
            String name,
            List<String> events,
            Map<String, Object> filter,
            String condition,
            String connector,

            @Schema(description = "Secrets read back as ***")
            Map<String, Object> config,

            String transform,
            String timeout,
            int concurrency,
            RateLimit rateLimit,
            boolean ordered,
            Retry retry,
            Deactivation deactivation,
            ReplayBuffer replayBuffer,
            boolean active,

            @Schema(allowableValues = {"active", "deactivated", "paused"})
            String state,

            @Schema(format = TIME) String createdAt,
            @Schema(format = TIME) String updatedAt) {}

    record CreatedSubscription(
            String id,
            String tenant,
            List<String> events,
            String connector,
            Map<String, Object> config,
            boolean active,
            String state,

            @Schema(description = "Shown here and at /secret only")
            String secret,

            @Schema(description = "In place of secret with Ed25519")
            String publicKey) {}

    record ActivationOrder(
            @Schema(description = "Send what was buffered; else it is discarded")
            boolean replayEvents) {}

    record TestOrder(
            @Schema(description = "Default: the first type the subscription names")
            String type) {}

    record RangeReplay(
            @Schema(requiredMode = RequiredMode.REQUIRED, format = TIME)
            String since,

            @Schema(format = TIME) String until,
            List<String> types,

            @Schema(
                    allowableValues = {"failed", "all"},
                    defaultValue = "all")
            String status,

            @Schema(description = "Only count") boolean dryRun) {}

    record PreviewOrder(
            @Schema(requiredMode = RequiredMode.REQUIRED) NewSubscription subscription,
            @Schema(description = "This, or eventId") NewEvent event,
            String eventId) {}

    record Preview(boolean matches, List<Check> checks, PreparedRequest request) {}

    record PreparedRequest(String method, String url, Map<String, String> headers, String body) {}

    record Secret(
            String secret,

            @Schema(description = "In place of secret with Ed25519")
            String publicKey) {}

    record Rotation(
            @Schema(defaultValue = "24h", description = "At most 30d")
            String grace) {}

    @Schema(name = "Delivery")
    record Delivery(
            String id,
            String event,
            String type,
            String subscription,

            @Schema(allowableValues = {"pending", "retrying", "succeeded", "exhausted", "buffered", "discarded"})
            String status,

            int attemptCount,
            @Schema(format = TIME) String nextAttemptAt,
            @Schema(format = TIME) String createdAt,
            @Schema(format = TIME) String finishedAt,
            boolean replay) {}

    record DeliveryWithAttempts(
            String id,
            String event,
            String type,
            String subscription,
            String status,
            int attemptCount,
            @Schema(format = TIME) String nextAttemptAt,
            @Schema(format = TIME) String createdAt,
            @Schema(format = TIME) String finishedAt,
            boolean replay,
            List<Attempt> attempts) {}

    record Attempt(
            String id,
            int number,
            @Schema(format = TIME) String at,
            long durationMs,

            @Schema(allowableValues = {"succeeded", "failed"})
            String outcome,

            Integer statusCode,

            @Schema(description = "A stable code, such as timeout or http_status")
            String error,

            String detail,
            @Schema(description = "The first KiB") String responseBody) {}

    record EventType(
            String name,
            String description,

            @Schema(description = "JSON Schema 2020-12 of data")
            Object schema,

            Object example,

            @Schema(description = "Of the shipped catalogue, and read-only")
            boolean shipped) {}

    record NewEventType(String description, Object schema, Object example) {}

    record Connector(
            String name,
            String title,
            String description,
            String icon,
            @Schema(description = "JSON Schema of config") Map<String, Object> schema,
            @Schema(allowableValues = {"ready", "failed"}) String state,
            String error) {}

    record ConnectorConfig(
            @Schema(requiredMode = RequiredMode.REQUIRED) Map<String, Object> config) {}

    record CheckResult(boolean ok, String detail) {}

    record Tenant(
            String id, String name, @Schema(format = TIME) String createdAt) {}

    record NewTenant(
            @Schema(requiredMode = RequiredMode.REQUIRED) String id, String name) {}

    record NewKey(
            @Schema(requiredMode = RequiredMode.REQUIRED) String name,

            @Schema(allowableValues = {"publish", "manage", "read"})
            List<String> scopes) {}

    record CreatedKey(
            String id,
            @Schema(description = "Shown this once") String key) {}

    record Key(
            String id,
            String name,
            List<String> scopes,
            @Schema(format = TIME) String createdAt) {}

    record Nothing() {}
}
