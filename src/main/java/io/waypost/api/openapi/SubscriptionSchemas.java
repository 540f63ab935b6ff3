package io.waypost.api.openapi;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.List;
import java.util.Map;

/** What the bodies of subscriptions look like, for the OpenAPI document only. */
public final class SubscriptionSchemas {

    private static final String TIME = "date-time";

    private SubscriptionSchemas() {}

    @Schema(name = "NewSubscription")
    public record NewSubscription(
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

            @Schema(description = "The id of a connection, which stands for the credential fields of config")
            String connection,

            @Schema(description = "JSONata; what it gives is sent")
            String transform,

            @Schema(example = "15s") String timeout,

            @Schema(
                    minimum = "1",
                    maximum = "100",
                    defaultValue = "10",
                    description = "So many deliveries at once, of all nodes together")
            int concurrency,

            RateLimit rateLimit,
            boolean ordered,
            Retry retry,

            @Schema(description = "Whether deliveries leave at once or in runs")
            Dispatch dispatch,

            NewDeactivation deactivation,
            NewBuffer replayBuffer,
            Batch batch,
            @Schema(description = "Admin keys only") String tenant,

            @Schema(description = "One of your own: whsec_… or whsk_…")
            String secret) {}

    public record SubscriptionPatch(
            String app,
            String name,
            List<String> events,
            Map<String, Object> filter,
            String condition,
            String connector,
            Map<String, Object> config,

            @Schema(description = "null takes it off") String connection,

            String transform,
            String timeout,
            int concurrency,
            RateLimit rateLimit,
            boolean ordered,
            Retry retry,

            @Schema(description = "null lets deliveries leave at once")
            Dispatch dispatch,

            NewDeactivation deactivation,
            NewBuffer replayBuffer,
            Batch batch) {}

    public record RateLimit(
            @Schema(description = "So many deliveries a second, of all nodes together")
            double perSecond) {}

    public record Retry(
            @Schema(description = "The waits after the 1st, 2nd, … failed attempt")
            List<String> schedule,

            @Schema(
                    allowableValues = {
                        "standard",
                        "gemmail",
                        "mailingwork",
                        "mailjet",
                        "getresponse",
                        "getresponse-callback",
                        "benchmark",
                        "rest-hook"
                    })
            String profile) {}

    @Schema(description = "Gathers events; expressions then see events[] in place of the one event")
    public record Batch(
            @Schema(minimum = "1", maximum = "1000", defaultValue = "100", description = "With so many it goes at once")
            int maxItems,

            @Schema(
                    defaultValue = "10m",
                    description = "So long after its first event it goes with what there is; 1s to 24h")
            String maxWait) {}

    public record NewDeactivation(
            @Schema(defaultValue = "10") int afterFailures,
            @Schema(defaultValue = "1h") String over) {}

    public record Dispatch(
            @Schema(
                    allowableValues = {"instant", "scheduled"},
                    defaultValue = "instant")
            String mode,

            @Schema(description = "When runs begin by themselves, in UTC; else POST /v1/dispatch begins them")
            String cron) {}

    public record Deactivation(
            int afterFailures,
            String over,
            @Schema(format = TIME) String since,
            String reason,

            @Schema(types = {"string", "null"}) String lastError) {}

    public record NewBuffer(
            @Schema(defaultValue = "5d") String window,
            @Schema(defaultValue = "1") int concurrency,

            @Schema(
                    description =
                            "What a GET shows of a window that is longer than events are kept now, taken back as it is")
            String requestedWindow) {}

    public record ReplayBuffer(
            String window,
            int concurrency,

            @Schema(
                    description =
                            "The window that was asked for, only if it is longer than events are kept now: until they are kept longer, `window` is how long they are")
            String requestedWindow,

            long count,

            @Schema(
                    types = {"string", "null"},
                    format = TIME)
            String from,

            @Schema(
                    types = {"string", "null"},
                    format = TIME)
            String until,

            long dropped) {}

    public record Backup(
            @Schema(format = TIME) String since,

            @Schema(types = {"string", "null"}) String lastError) {}

    @Schema(description = "As the node that answers sees it")
    public record Circuit(
            @Schema(
                    allowableValues = {"closed", "open", "half_open"},
                    description = "Open: the receiver does not answer, deliveries are held back")
            String state,

            @Schema(
                    types = {"string", "null"},
                    format = TIME)
            String since,

            @Schema(
                    types = {"string", "null"},
                    format = TIME,
                    description = "From then on one attempt is let through")
            String nextProbeAt,

            @Schema(minimum = "0", description = "Attempts in a row that got no answer")
            int timeouts) {}

    @Schema(name = "Subscription")
    public record Subscription(
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

            String connection,
            String transform,
            String timeout,
            int concurrency,
            RateLimit rateLimit,
            boolean ordered,
            Retry retry,
            Dispatch dispatch,
            Deactivation deactivation,
            ReplayBuffer replayBuffer,
            Batch batch,
            Circuit circuit,

            @Schema(description = "While its backup URL stands in for its own")
            Backup backup,

            boolean active,

            @Schema(
                    allowableValues = {"active", "deactivated", "paused", "unreadable"},
                    description =
                            "Unreadable: this node cannot read config and secrets, for want of their key; events wait")
            String state,

            @Schema(description = "Only with the state unreadable: why")
            String unreadable,

            @Schema(format = TIME) String createdAt,
            @Schema(format = TIME) String updatedAt) {}

    @Schema(allOf = Subscription.class)
    public record CreatedSubscription(
            @Schema(description = "Shown here and at /secret only")
            String secret,

            @Schema(description = "In place of secret with Ed25519")
            String publicKey) {}

    public record ActivationOrder(
            @Schema(description = "Send what was buffered; else it is discarded")
            boolean replayEvents) {}

    public record TestOrder(
            @Schema(description = "Default: the first type the subscription names")
            String type) {}

    public record RangeReplay(
            @Schema(requiredMode = RequiredMode.REQUIRED, format = TIME)
            String since,

            @Schema(format = TIME) String until,
            List<String> types,

            @Schema(
                    allowableValues = {"failed", "all"},
                    defaultValue = "all")
            String status,

            @Schema(description = "Only count") boolean dryRun) {}

    public record PreviewOrder(
            @Schema(requiredMode = RequiredMode.REQUIRED) NewSubscription subscription,
            @Schema(description = "This, or eventId") Schemas.NewEvent event,
            String eventId) {}

    public record Preview(boolean matches, List<Schemas.Check> checks, PreparedRequest request) {}

    @Schema(
            types = {"object", "null"},
            description = "Null if the event is not wanted, or the connector sends no HTTP request")
    public record PreparedRequest(
            String method,
            String url,
            Map<String, String> headers,

            @Schema(types = {"string", "null"}) String body) {}

    public record Secret(
            String secret,

            @Schema(description = "In place of secret with Ed25519")
            String publicKey) {}

    public record Rotation(
            @Schema(defaultValue = "24h", description = "At most 30d")
            String grace) {}
}
