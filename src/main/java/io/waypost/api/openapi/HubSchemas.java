package io.waypost.api.openapi;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.Map;

/** What bodies of the hub look like, for the OpenAPI document only. */
public final class HubSchemas {

    private static final String TIME = "date-time";

    private HubSchemas() {}

    public record NewSource(
            @Schema(requiredMode = RequiredMode.REQUIRED, example = "mailjet", description = "Which vendor")
            String source,

            String name,

            @Schema(description = "Admin keys only", defaultValue = "default")
            String tenant,

            @Schema(
                    description = "zone (of times without one, default UTC), secret (proves the sender), and what the"
                            + " vendor has of its own, such as event of mailingwork",
                    example = "{\"zone\": \"Europe/Berlin\", \"secret\": \"whsec_abc\"}")
            Map<String, String> settings) {}

    @Schema(name = "Source")
    public record Source(
            String id,
            String source,

            @Schema(types = {"string", "null"}) String name,

            String tenant,

            @Schema(
                    description = "Where the vendor is told to post to; the token is *** for keys that may only read",
                    example = "/in/mailjet/TOKEN")
            String url,

            @Schema(description = "The secret is ***") Map<String, String> settings,

            @Schema(
                    description =
                            "Only where this node cannot read token and settings: why; posts are answered 503 then")
            String unreadable,

            @Schema(format = TIME) String createdAt) {}

    public record Rejected(
            String id,
            @Schema(format = TIME) String at,
            String reason,

            @Schema(description = "The first 16 KiB; of a GET its query")
            String body) {}
}
