package io.waypost.route.camel;

import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.tenancy.Tenants;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a route asks for in its {@code from: waypost:…}.
 *
 * @param fields of a subscription; null where the route says nothing
 */
record FlowWish(String tenant, ObjectNode fields) {

    /**
     * Reads the endpoint.
     *
     * @param types names or patterns, parted by commas
     * @param option the value of an option, or null
     * @throws IllegalArgumentException if an option is not what it must be
     */
    static FlowWish of(String types, Function<String, @Nullable String> option) {
        var fields = Json.object();
        var events = fields.putArray("events");
        for (var type : types.split(",")) {
            events.add(type.strip());
        }
        fields.set("filter", NullNode.getInstance());
        var filter = option.apply("filter");
        if (filter != null) {
            fields.set("filter", json("filter", filter));
        }
        fields.put("condition", option.apply("condition"));
        fields.put("timeout", option.apply("timeout"));
        var concurrency = option.apply("concurrency");
        fields.set("concurrency", concurrency == null ? null : json("concurrency", concurrency));
        var ordered = option.apply("ordered");
        fields.set("ordered", ordered == null ? null : json("ordered", ordered));
        var retry = option.apply("retry");
        fields.set("retry", retry == null ? null : schedule(retry));
        var tenant = option.apply("tenant");
        return new FlowWish(tenant == null ? Tenants.DEFAULT : tenant, fields);
    }

    /** @throws IllegalArgumentException if anything is wrong with it */
    void refuse(List<Violation> violations) {
        if (!violations.isEmpty()) {
            throw new IllegalArgumentException(violations.stream()
                    .map(violation -> violation.pointer().replaceFirst("^/", "") + " " + violation.detail())
                    .collect(Collectors.joining("; ")));
        }
    }

    /** The waits after failed attempts, parted by commas; none for a single attempt. */
    private static ObjectNode schedule(String waits) {
        var retry = Json.object();
        var schedule = retry.putArray("schedule");
        for (var wait : waits.split(",")) {
            if (!wait.isBlank() && !wait.strip().equals("none")) {
                schedule.add(wait.strip());
            }
        }
        return retry;
    }

    private static com.fasterxml.jackson.databind.JsonNode json(String option, String text) {
        try {
            return Json.read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } catch (Refused e) {
            throw new IllegalArgumentException("%s must be JSON: %s".formatted(option, e.getMessage()), e);
        }
    }
}
