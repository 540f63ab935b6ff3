package io.waypost.api.openapi;

import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.List;
import java.util.Map;

/** What bodies look like, for the OpenAPI document only; they are read and written by hand. */
public final class Schemas {

    private static final String TIME = "date-time";

    private Schemas() {}

    @Schema(name = "NewEvent", description = "An event to publish; or an array of 1 to 1,000 of them")
    public record NewEvent(
            @Schema(requiredMode = RequiredMode.REQUIRED, example = "message.opened", maxLength = 255)
            String type,

            @Schema(description = "Any JSON; numbers keep their digits")
            Object data,

            @Schema(description = "The publisher's own: an event with the same source and id is a duplicate")
            String id,

            @Schema(defaultValue = "/") String source,
            String subject,

            @Schema(format = TIME, description = "When it happened; default: when received")
            String time,

            @Schema(description = "Admin keys only", defaultValue = "default")
            String tenant,

            boolean test) {}

    public record Published(List<Receipt> events) {}

    public record Receipt(
            String id,

            @Schema(description = "Seen before; this is the first one's id")
            boolean duplicate) {}

    @Schema(name = "Event")
    public record Event(
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

    public record EventWithDeliveries(
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

    public record EventReplay(
            @Schema(description = "Ids; left out: all active ones that want it")
            List<String> subscriptions) {}

    public record DeliveryCount(int deliveries) {}

    public record EventCount(
            long events,

            @Schema(
                    format = TIME,
                    description =
                            "With dryRun, if the range has more events than are looked at: those received before this"
                                    + " were counted. Ask again with it as since")
            String countedUntil) {}

    public record Explanation(boolean matches, List<Check> checks) {}

    public record Check(
            @Schema(allowableValues = {"events", "filter", "condition", "active", "window"})
            String check,

            boolean passed,
            String detail) {}

    @Schema(name = "Delivery")
    public record Delivery(
            String id,
            String event,
            String type,
            String subscription,

            @Schema(allowableValues = {"pending", "retrying", "succeeded", "exhausted", "buffered", "discarded"})
            String status,

            int attemptCount,

            @Schema(
                    types = {"string", "null"},
                    format = TIME)
            String nextAttemptAt,

            @Schema(format = TIME) String createdAt,

            @Schema(
                    types = {"string", "null"},
                    format = TIME)
            String finishedAt,

            boolean replay) {}

    public record DeliveryWithAttempts(
            String id,
            String event,
            String type,
            String subscription,
            String status,
            int attemptCount,

            @Schema(
                    types = {"string", "null"},
                    format = TIME)
            String nextAttemptAt,

            @Schema(format = TIME) String createdAt,

            @Schema(
                    types = {"string", "null"},
                    format = TIME)
            String finishedAt,

            boolean replay,
            List<Attempt> attempts) {}

    public record Attempt(
            String id,
            int number,
            @Schema(format = TIME) String at,
            long durationMs,

            @Schema(allowableValues = {"succeeded", "failed"})
            String outcome,

            @Schema(types = {"integer", "null"}) Integer statusCode,

            @Schema(
                    types = {"string", "null"},
                    description = "A stable code, such as timeout or http_status")
            String error,

            @Schema(types = {"string", "null"}) String detail,

            @Schema(
                    types = {"string", "null"},
                    description = "The first KiB")
            String responseBody) {}

    public record EventType(
            String name,

            @Schema(types = {"string", "null"}) String description,

            @Schema(description = "JSON Schema 2020-12 of data")
            Object schema,

            Object example,

            @Schema(description = "Of the shipped catalogue, and read-only")
            boolean shipped) {}

    public record NewEventType(String description, Object schema, Object example) {}

    public record Connector(
            String name,
            String title,
            String description,
            String icon,
            @Schema(description = "JSON Schema of config") Map<String, Object> schema,
            @Schema(allowableValues = {"ready", "failed"}) String state,
            String error) {}

    public record ConnectorConfig(
            @Schema(requiredMode = RequiredMode.REQUIRED) Map<String, Object> config) {}

    public record CheckResult(boolean ok, String detail) {}

    public record Tenant(
            String id,

            @Schema(types = {"string", "null"}) String name,

            @Schema(format = TIME) String createdAt) {}

    public record NewTenant(
            @Schema(requiredMode = RequiredMode.REQUIRED) String id, String name) {}

    public record NewKey(
            @Schema(requiredMode = RequiredMode.REQUIRED) String name,

            @ArraySchema(
                    arraySchema = @Schema(requiredMode = RequiredMode.REQUIRED),
                    schema = @Schema(allowableValues = {"publish", "manage", "read"}))
            List<String> scopes) {}

    public record CreatedKey(
            String id,
            String tenant,
            String name,
            List<String> scopes,
            @Schema(format = TIME) String createdAt,
            @Schema(description = "Shown this once") String key) {}

    public record Key(
            String id,
            String tenant,
            String name,
            List<String> scopes,
            @Schema(format = TIME) String createdAt) {}

    public record Nothing() {}

    @Schema(name = "Backup")
    public record Backup(
            @Schema(description = "Where it is, on the machine of the gateway")
            String file,

            long bytes,
            @Schema(format = TIME) String createdAt) {}
}
