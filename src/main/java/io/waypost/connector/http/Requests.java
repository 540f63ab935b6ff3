package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.Credential;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Masking;
import io.waypost.connector.Message;
import io.waypost.connector.TargetUrl;
import io.waypost.connector.http.Variant.Auth;
import io.waypost.connector.http.Variant.Call;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.platform.Json;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the requests that a connector file declares. */
final class Requests {

    private static final Set<String> MAY_HAVE_NO_BODY = Set.of("GET", "DELETE");

    private final DeclaredConfig fields;
    private final Expressions expressions;

    Requests(DeclaredConfig fields, Expressions expressions) {
        this.fields = fields;
        this.expressions = expressions;
    }

    /** The request for a message. */
    HttpRequest of(Supply supply, Message message) {
        var variant = supply.variant();
        var config = supply.config();
        var event = message.input();
        var call = variant.call();
        var transformed = message.transformed();
        var bindings = call.path() == null && (transformed != null || call.body() == null)
                ? Map.<String, JsonNode>of()
                : bindings(event, config, message);
        var body = transformed == null ? body(call, config, event, bindings) : transformed;
        if (body instanceof ObjectNode object && variant.keyField() != null) {
            body = object.deepCopy().put(variant.keyField(), message.delivery());
        }
        var path = call.path() == null ? "" : path(call.path(), event, bindings);
        var request = request(supply, call, path, body);
        if (variant.keyHeader() != null) {
            request.headers().put(variant.keyHeader(), message.delivery());
        }
        return request;
    }

    /** The harmless request that proves the credentials. */
    HttpRequest probe(Supply supply, Call call) {
        var body = call.body() == null
                ? null
                : expressions.evaluate(call.body(), Json.object(), Map.of("config", supply.config()));
        return request(supply, call, "", body);
    }

    /** What the expressions of the file may use: those of the config, each evaluated over the event, and the config. */
    private Map<String, JsonNode> bindings(ObjectNode event, ObjectNode config, Message message) {
        var bindings = new HashMap<String, JsonNode>();
        for (var field : fields.expressions()) {
            if (config.hasNonNull(field)) {
                bindings.put(field, value(field, config.path(field).asText(), event));
            }
        }
        bindings.put("config", config);
        bindings.put("given", message.config());
        bindings.put("delivery", TextNode.valueOf(message.delivery()));
        return bindings;
    }

    private JsonNode value(String field, String text, ObjectNode event) {
        if (fields.isLiteral(field, text)) {
            return TextNode.valueOf(text);
        }
        var value = expressions.evaluate(text, event, Map.of());
        return value.isMissingNode() ? NullNode.instance : value;
    }

    private @Nullable JsonNode body(Call call, JsonNode config, ObjectNode event, Map<String, JsonNode> bindings) {
        if (call.body() == null) {
            return null;
        }
        var body = expressions.evaluate(call.body(), event, bindings);
        if (!body.isMissingNode() && !body.isNull()) {
            return body;
        }
        if (MAY_HAVE_NO_BODY.contains(call.method().fill(config))) {
            return null;
        }
        throw new ExpressionFailed("The request body of the connector comes out empty for this event");
    }

    private String path(String expression, ObjectNode event, Map<String, JsonNode> bindings) {
        var path = expressions.evaluate(expression, event, bindings);
        if (path.isMissingNode() || path.isNull()) {
            return "";
        }
        if (!path.isTextual() || !path.textValue().matches("([/?].*)?")) {
            throw new ExpressionFailed("The path of the request must be text that begins with / or ?");
        }
        return path.textValue();
    }

    private static HttpRequest request(Supply supply, Call call, String path, @Nullable JsonNode body) {
        var config = supply.config();
        var query = new LinkedHashMap<String, String>();
        call.query().forEach((name, value) -> put(query, name, value, config));
        var target = TargetUrl.parse(Template.extend(call.url().fillUrl(config), path, query));
        var headers = new LinkedHashMap<String, String>();
        if (target.authorization() != null) {
            headers.put("Authorization", target.authorization());
        }
        if (supply.instead() == null) {
            authorize(supply.variant().auth(), config, headers);
        }
        call.headers().forEach((name, value) -> put(headers, name, value, config));
        if (call.moreHeaders() != null) {
            config.path(call.moreHeaders())
                    .properties()
                    .forEach(header ->
                            headers.put(header.getKey(), line(header.getValue().asText())));
        }
        if (supply.instead() != null) {
            supply.instead().putOn(headers);
        }
        var method = call.method().fill(config);
        if (body == null) {
            return new HttpRequest(method, target.uri(), headers, null);
        }
        var type = line(call.contentType().fill(config));
        headers.putIfAbsent("Content-Type", type);
        return new HttpRequest(method, target.uri(), headers, text(body, type).getBytes(StandardCharsets.UTF_8));
    }

    private static void authorize(Auth auth, JsonNode config, Map<String, String> headers) {
        switch (auth.kind()) {
            case NONE -> {}
            case HEADER -> headers.put(auth.header(), line(auth.value().fill(config)));
            case BASIC -> headers.put(auth.header(), basic(auth.value().fill(config)));
            // Its token is asked for when it is sent; only a preview comes here.
            case CLIENT_CREDENTIALS, JWT_BEARER -> headers.put(auth.header(), Credential.BEARER + Masking.MASK);
        }
    }

    private static String basic(String pair) {
        var colon = pair.indexOf(':');
        return colon < 0
                ? Credential.basic(pair, "")
                : Credential.basic(pair.substring(0, colon), pair.substring(colon + 1));
    }

    /** Leaves out what an optional field of the config would have to give. */
    private static void put(Map<String, String> into, String name, Template value, JsonNode config) {
        if (value.canBeFilled(config)) {
            into.put(name, line(value.fill(config)));
        }
    }

    private static String text(JsonNode body, String contentType) {
        var type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (type.equals("application/json") || type.endsWith("+json") || (!body.isTextual() && !isForm(type))) {
            return Json.write(body);
        }
        return body.isTextual() ? body.textValue() : FormBody.of(body);
    }

    private static boolean isForm(String type) {
        return type.equals("application/x-www-form-urlencoded");
    }

    private static String line(String value) {
        if (value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new IllegalArgumentException("a header value must be a single line");
        }
        return value;
    }
}
