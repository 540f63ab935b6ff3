package io.waypost.intake.source.route;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.intake.source.Parameters;
import io.waypost.intake.source.Posting;
import io.waypost.intake.source.Source;
import io.waypost.platform.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** What expressions of a route get to see of a post beside the item itself. */
final class Bindings {

    private static final Set<String> CREDENTIALS = Set.of("authorization", "proxy-authorization", "cookie");

    private Bindings() {}

    static Map<String, JsonNode> of(Source source, Posting posting) {
        var headers = Json.object();
        posting.headers().forEach((name, value) -> {
            if (!CREDENTIALS.contains(name)) {
                headers.put(name, value);
            }
        });
        var query = Parameters.object(Parameters.of(Parameters.withoutSecret(posting.query())));
        var bindings = new HashMap<String, JsonNode>();
        bindings.put("headers", headers);
        bindings.put("query", query);
        bindings.put("settings", source.openSettings());
        return bindings;
    }
}
