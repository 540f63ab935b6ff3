package io.waypost.api.openapi;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.List;
import java.util.Map;

/** Bodies of the REST hooks, for the OpenAPI document. */
public final class HookSchemas {

    private HookSchemas() {}

    public record NewHook(
            @Schema(
                    requiredMode = RequiredMode.REQUIRED,
                    description = "Where the events go; hookUrl, url and target mean the same")
            String target_url,

            @Schema(
                    requiredMode = RequiredMode.REQUIRED,
                    description = "A name or pattern, or a list of them; event_type and events mean the same")
            String event,

            @Schema(description = "Default: zapier") String app,

            @Schema(description = "Send all fields on one level")
            boolean flat,

            String name,
            Map<String, Object> filter,
            String condition,
            String transform,

            @Schema(description = "One of your own, to verify what the hook receives: whsec_…")
            String secret,

            @Schema(description = "Admin keys only", defaultValue = "default")
            String tenant) {}

    public record Hook(
            String id,
            String app,
            List<String> events,
            String target_url,
            boolean flat,
            boolean active,

            @Schema(description = "Verifies what the hook receives; shown this once")
            String secret,

            String createdAt) {}

    public record DispatchOrder(
            @Schema(description = "Only of subscriptions to this, as written in events")
            String event,

            @Schema(description = "Only of this subscription")
            String subscription,

            String tenant) {}

    public record Dispatched(
            @Schema(description = "How many were let out") int deliveries) {}

    @Schema(name = "HookSample", description = "What a hook receives")
    public record Sample(String type, String timestamp, Object data, String id) {}
}
