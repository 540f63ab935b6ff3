package io.waypost.api.compat;

import io.waypost.api.http.Bodies;
import io.waypost.platform.Refused;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fields of a posted form and of the query, names in any letter case, {@code advanced[name]} as {@code name}. */
record Form(Map<String, String> fields) {

    private static final String ADVANCED = "advanced[";

    /** @throws Refused (malformed) if it is not well encoded */
    static Form of(HttpServletRequest request) {
        var fields = new TreeMap<String, String>();
        add(fields, request.getQueryString());
        add(fields, new String(Bodies.bytes(request), StandardCharsets.UTF_8));
        return new Form(fields);
    }

    private static void add(Map<String, String> fields, @Nullable String encoded) {
        if (encoded == null || encoded.isBlank()) {
            return;
        }
        for (var pair : encoded.strip().split("&")) {
            var equals = pair.indexOf('=');
            var name = decode(equals < 0 ? pair : pair.substring(0, equals)).toLowerCase(Locale.ROOT);
            var plain = name.startsWith(ADVANCED) && name.endsWith("]")
                    ? name.substring(ADVANCED.length(), name.length() - 1)
                    : name;
            fields.put(plain, decode(equals < 0 ? "" : pair.substring(equals + 1)));
        }
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw Refused.malformed("The form is not well encoded: a % must be followed by two hexadecimal digits");
        }
    }

    /** The first of the names that has a value; null if none has. */
    @Nullable
    String text(String... names) {
        for (var name : names) {
            var value = fields.get(name.toLowerCase(Locale.ROOT));
            if (value != null && !value.isEmpty()) {
                return value;
            }
        }
        return null;
    }
}
