package io.waypost.connector.http.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
        var found = new Violations();
        for (var header : headers.properties()) {
            var pointer = "/headers/" + header.getKey().replace("~", "~0").replace("/", "~1");
            var name = header.getKey();
            add(found, pointer, nameProblem(name));
            add(found, pointer, valueProblem(header.getValue().asText()));
        }
        return found;
    }

    /** What is wrong with the name of a header; null if nothing is. */
    public static @Nullable String nameProblem(String name) {
        if (!NAME.matcher(name).matches()) {
            return "must be a header name of letters, digits and hyphens";
        }
        return isReserved(name.toLowerCase(Locale.ROOT))
                ? "must not be set: %s is a header the gateway sets".formatted(name)
                : null;
    }

    /** What is wrong with the value of a header; null if nothing is. */
    public static @Nullable String valueProblem(String value) {
        return isSendable(value)
                ? null
                : "must be a single line of ASCII characters, without CR, LF or other control characters";
    }

    private static void add(List<Violation> found, String pointer, @Nullable String problem) {
        if (problem != null) {
            found.add(new Violation(pointer, problem));
        }
    }

    private static boolean isReserved(String name) {
        return RESERVED.contains(name) || name.startsWith("webhook-") || name.startsWith("waypost-");
    }

    private static boolean isSendable(String value) {
        return value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7f));
    }
}
