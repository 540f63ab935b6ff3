package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.platform.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A flat JSON object as a form; fields that are null are left out, arrays repeat their name. */
final class FormBody {

    private FormBody() {}

    static String of(JsonNode body) {
        return body.properties().stream()
                .filter(field -> !field.getValue().isNull())
                .map(field -> pairs(field.getKey(), field.getValue()))
                .filter(pairs -> !pairs.isEmpty())
                .collect(Collectors.joining("&"));
    }

    private static String pairs(String name, JsonNode value) {
        return value.isArray()
                ? StreamSupport.stream(value.spliterator(), false)
                        .map(item -> pair(name, item))
                        .collect(Collectors.joining("&"))
                : pair(name, value);
    }

    private static String pair(String name, JsonNode value) {
        return encode(name) + "=" + encode(value.isValueNode() ? value.asText() : Json.write(value));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
