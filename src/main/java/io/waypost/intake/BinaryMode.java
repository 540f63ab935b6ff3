package io.waypost.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MimeType;

/** CloudEvents in binary mode: attributes in headers, data in the body. Made into the structured form, then read as that. */
final class BinaryMode {

    private static final String PREFIX = "ce-";

    /** What the body and its content type say. */
    private static final Set<String> NOT_IN_HEADERS = Set.of("data", "data_base64", "datacontenttype");

    private BinaryMode() {}

    static JsonNode event(
            @Nullable MimeType type, Map<String, String> headers, byte[] body, List<Violation> violations) {
        var event = Json.object();
        headers.forEach((name, value) -> {
            var lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith(PREFIX)) {
                attribute(event, lower.substring(PREFIX.length()), value, violations);
            }
        });
        if (type != null) {
            event.put("datacontenttype", type.toString());
        }
        if (body.length > 0) {
            data(event, type, body);
        }
        return event;
    }

    private static void attribute(ObjectNode event, String name, String value, List<Violation> violations) {
        var text = decode(value);
        if (NOT_IN_HEADERS.contains(name)) {
            violations.add(new Violation("/" + name, "must not be a header: the body and its Content-Type say it"));
        } else if (text == null) {
            violations.add(new Violation("/" + name, "must be a header value in percent-encoded UTF-8"));
        } else if (name.equals("test") && (text.equals("true") || text.equals("false"))) {
            event.put(name, text.equals("true"));
        } else {
            event.put(name, text);
        }
    }

    private static void data(ObjectNode event, @Nullable MimeType type, byte[] body) {
        if (type != null && isJson(type)) {
            event.set("data", Json.read(body));
        } else if (type != null && type.getType().equals("text")) {
            var charset = type.getCharset() == null ? StandardCharsets.UTF_8 : type.getCharset();
            var text = decode(body, charset);
            if (text == null) {
                throw Refused.malformed("The body is not in " + charset.name());
            }
            event.put("data", text);
        } else {
            event.put("data_base64", Base64.getEncoder().encodeToString(body));
        }
    }

    private static boolean isJson(MimeType type) {
        return type.getSubtype().equals("json") || type.getSubtype().endsWith("+json");
    }

    /** Undoes quotes, then percent-encoding, as the binding asks. Null if the result is no UTF-8. */
    private static @Nullable String decode(String value) {
        var text = unquote(value.strip());
        if (text.chars().allMatch(c -> c < 128 && c != '%')) {
            return text;
        }
        var bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '%') {
                var whole = i + 2 < text.length();
                var high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
                var low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    return null;
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                // Servlet containers read headers byte by byte as Latin-1.
                bytes.writeBytes(
                        String.valueOf(c).getBytes(c < 256 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
            }
        }
        return decode(bytes.toByteArray(), StandardCharsets.UTF_8);
    }

    private static String unquote(String value) {
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
                : value;
    }

    private static @Nullable String decode(byte[] bytes, Charset charset) {
        try {
            return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException _) {
            return null;
        }
    }
}
