package io.waypost.api.openapi;

import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.RequiredMode;
import java.util.Map;

/** What the bodies of connections look like, for the OpenAPI document only. */
public final class ConnectionSchemas {

    private static final String TIME = "date-time";
    private static final String CONFIG =
            "bearer: token; header: header, value; basic: username, password; oauth2: tokenUrl, clientId, clientSecret,"
                    + " scope; mtls: certificate, privateKey, ca (PEM)";

    private ConnectionSchemas() {}

    @Schema(name = "NewConnection")
    public record NewConnection(
            @Schema(requiredMode = RequiredMode.REQUIRED, maxLength = 200)
            String name,

            @Schema(
                    requiredMode = RequiredMode.REQUIRED,
                    allowableValues = {"bearer", "header", "basic", "oauth2", "mtls"})
            String kind,

            @Schema(requiredMode = RequiredMode.REQUIRED, description = CONFIG)
            Map<String, Object> config,

            @Schema(description = "Admin keys only", defaultValue = "default")
            String tenant) {}

    public record ConnectionPatch(
            String name,

            @Schema(description = "*** keeps the secret that is stored")
            Map<String, Object> config) {}

    @Schema(name = "Connection")
    public record Connection(
            String id,
            String tenant,
            String name,

            @Schema(allowableValues = {"bearer", "header", "basic", "oauth2", "mtls"})
            String kind,

            @Schema(description = "The secret reads back as ***")
            Map<String, Object> config,

            @Schema(
                    description =
                            "Only where this node cannot read the config: why; what uses the connection waits then")
            String unreadable,

            @Schema(format = TIME) String createdAt,
            @Schema(format = TIME) String updatedAt) {}

    public record SavedConnection(
            String id,
            String tenant,
            String name,
            String kind,
            Map<String, Object> config,
            @Schema(format = TIME) String createdAt,
            @Schema(format = TIME) String updatedAt,

            @Schema(description = "Of oauth2: whether the token endpoint gave a token. Not ok: it could not be asked")
            Schemas.CheckResult check) {}
}
