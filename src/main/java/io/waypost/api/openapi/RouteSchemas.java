package io.waypost.api.openapi;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** What the answers about flows look like, for the OpenAPI document only. */
public final class RouteSchemas {

    private RouteSchemas() {}

    @Schema(name = "Route")
    public record Route(
            String file,

            @Schema(
                    types = {"string", "null"},
                    description = "Null if the file cannot be read so far")
            String id,

            @Schema(allowableValues = {"started", "failed", "stopped"})
            String state,

            @Schema(
                    types = {"string", "null"},
                    description =
                            "What is wrong with the file as it is now, with its line; the route may go on as before")
            String error,

            @Schema(
                    types = {"integer", "null"},
                    description = "The line of the error")
            Integer line,

            @Schema(
                    types = {"string", "null"},
                    description = "The subscription it takes events by")
            String subscription) {}

    public record Validation(boolean valid, List<Mistake> errors) {}

    @Schema(name = "RouteMistake")
    public record Mistake(int line, String detail) {}
}
