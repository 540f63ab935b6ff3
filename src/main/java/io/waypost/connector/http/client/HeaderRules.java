package io.waypost.connector.http.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Which headers a subscriber may add to a request. */
public final class HeaderRules {

    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Set<String> RESERVED = Set.of(
            "host",
            "content-length",
            "content-type",
            "connection",
            "transfer-encoding",
            "accept-encoding",
            "expect",
            "te",
            "trailer",
            "upgrade");

    private HeaderRules() {}

    /**
     * What is wrong with them, with pointers relative to the config.
     *
     * @param headers the field {@code headers} of a config; names and values of any kind
     */
    public static List<Violation> violations(JsonNode headers) {
        var found = new ArrayList<Violation>();
        for (var header : headers.properties()) {
            var pointer = "/headers/" + header.getKey().replace("~", "~0").replace("/", "~1");
            var name = header.getKey();
            if (!NAME.matcher(name).matches()) {
                found.add(new Violation(pointer, "must be a header name of letters, digits and hyphens"));
            } else if (isReserved(name.toLowerCase(Locale.ROOT))) {
                found.add(new Violation(pointer, "must not be set: %s is a header the gateway sets".formatted(name)));
            }
            if (!isSendable(header.getValue().asText())) {
                found.add(new Violation(
                        pointer,
                        "must be a single line of ASCII characters, without CR, LF or other control characters"));
            }
        }
        return found;
    }

    private static boolean isReserved(String name) {
        return RESERVED.contains(name) || name.startsWith("webhook-") || name.startsWith("waypost-");
    }

    private static boolean isSendable(String value) {
        return value.chars().allMatch(c -> c == '\t' || c >= ' ' && c < 0x7f);
    }
}
