package io.waypost.connector.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Expressions;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.connector.TargetUrl;
import io.waypost.connector.http.Variant.Call;
import io.waypost.connector.http.client.HttpAnswer;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connector that is one HTTP request, with all there is to know about it in its file. */
final class DeclaredDialect implements HttpDialect {

    private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);
    private static final Duration THROTTLE = Duration.ofSeconds(30);

    private final DeclaredConfig fields;
    private final List<Variant> variants;
    private final Expressions expressions;
    private final HttpExchange http;

    DeclaredDialect(DeclaredConfig fields, List<Variant> variants, Expressions expressions, HttpExchange http) {
        this.fields = fields;
        this.variants = List.copyOf(variants);
        this.expressions = expressions;
        this.http = http;
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        return fields.violations(config, variants);
    }

    @Override
    public HttpRequest request(Message message) {
        var config = fields.withDefaults(message.config());
        var variant = variant(config);
        var transformed = message.transformed();
        var expression = variant.call().body();
        JsonNode body = null;
        if (transformed != null) {
            body = transformed;
        } else if (expression != null) {
            body = shape(expression, message.event().toJson(), config, message.config());
        }
        if (body instanceof ObjectNode object && variant.keyField() != null) {
            body = object.deepCopy().put(variant.keyField(), message.delivery());
        }
        var request = request(variant, variant.call(), config, body);
        if (variant.keyHeader() != null) {
            request.headers().put(variant.keyHeader(), message.delivery());
        }
        return request;
    }

    @Override
    public Outcome judge(Message message, HttpAnswer answer) {
        return switch (answer) {
            case NoAnswer(var failure, var detail) -> new Failed(failure, detail);
            case Answered answered -> judge(variant(fields.withDefaults(message.config())), answered, message.at());
        };
    }

    @Override
    public CheckResult check(ObjectNode given) {
        var problems = violations(given);
        if (!problems.isEmpty()) {
            var first = problems.getFirst();
            return new CheckResult(false, first.pointer() + " " + first.detail());
        }
        var config = fields.withDefaults(given);
        var variant = variant(config);
        var probe = variant.check();
        if (probe == null) {
            return new CheckResult(true, "The config is valid; it cannot be tried further without sending something.");
        }
        var body = probe.call().body() == null
                ? null
                : evaluate(probe.call().body(), Json.object(), Map.of("config", config));
        return switch (http.send(request(variant, probe.call(), config, body), CHECK_LIMIT)) {
            case NoAnswer(var failure, var detail) -> new CheckResult(false, failure.code() + ": " + detail);
            case Answered answer ->
                probe.success().has(answer.status()) && isTrue(probe.successBody(), answer)
                        ? new CheckResult(true, "The credentials work.")
                        : new CheckResult(false, "status %d: %s".formatted(answer.status(), answer.beginning()));
        };
    }

    private Variant variant(JsonNode config) {
        return variants.stream()
                .filter(v -> v.when() == null || config.hasNonNull(v.when()))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("the config has none of the fields that say where to send"));
    }

    /** The body: the expressions of the config first, each a variable of the expression of the file. */
    private JsonNode shape(String expression, ObjectNode event, ObjectNode config, ObjectNode given) {
        var bindings = new HashMap<String, JsonNode>();
        for (var field : fields.expressions()) {
            if (config.hasNonNull(field)) {
                var value = evaluate(config.path(field).asText(), event, Map.of());
                bindings.put(field, value.isMissingNode() ? NullNode.instance : value);
            }
        }
        bindings.put("config", config);
        bindings.put("given", given);
        var body = evaluate(expression, event, bindings);
        if (body.isMissingNode() || body.isNull()) {
            throw new ExpressionFailed("The request body of the connector comes out empty for this event");
        }
        return body;
    }

    private JsonNode evaluate(String expression, JsonNode input, Map<String, JsonNode> bindings) {
        return expressions.evaluate(expression, input, bindings);
    }

    private static HttpRequest request(Variant variant, Call call, JsonNode config, @Nullable JsonNode body) {
        var target = TargetUrl.parse(call.url().fillUrl(config));
        var headers = new LinkedHashMap<String, String>();
        if (target.authorization() != null) {
            headers.put("Authorization", target.authorization());
        }
        var auth = variant.auth();
        switch (auth.kind()) {
            case NONE -> {}
            case HEADER -> headers.put(auth.header(), line(auth.value().fill(config)));
            case BASIC ->
                headers.put(auth.header(), "Basic " + base64(auth.value().fill(config)));
        }
        call.headers().forEach((name, value) -> headers.put(name, line(value.fill(config))));
        if (body == null) {
            return new HttpRequest(call.method(), target.uri(), headers, null);
        }
        headers.putIfAbsent("Content-Type", call.contentType());
        var text = call.contentType().startsWith("application/x-www-form-urlencoded")
                ? FormBody.of(body)
                : Json.write(body);
        return new HttpRequest(call.method(), target.uri(), headers, text.getBytes(StandardCharsets.UTF_8));
    }

    private Outcome judge(Variant variant, Answered answer, Instant now) {
        var status = answer.status();
        var shown = answer.beginning();
        if (variant.success().has(status) && isTrue(variant.successBody(), answer)) {
            return new Succeeded(status, shown);
        }
        var failure = status / 100 == 2 ? Failure.RESPONSE_REJECTED : Failure.HTTP_STATUS;
        var detail = "status %d: %s".formatted(status, shown.lines().findFirst().orElse("no body"));
        var wait = wait(variant, answer, now);
        return switch (ErrorRow.find(variant.errors(), status, answer.text())) {
            case RETRY -> new Failed(failure, detail, status, shown, wait, true);
            case THROTTLE -> new Throttled(wait == null ? THROTTLE : wait, detail, status, shown);
            case PERMANENT -> new Rejected(failure, detail, status, shown);
            case DEACTIVATE -> new Gone(failure, detail, status, shown);
        };
    }

    private @Nullable Duration wait(Variant variant, Answered answer, Instant now) {
        var header = answer.header(variant.waitHeader());
        if (header != null) {
            return variant.millisPerUnit() == 1 ? RetryAfter.seconds(header.strip(), 1) : RetryAfter.parse(header, now);
        }
        if (variant.waitBody() == null) {
            return null;
        }
        try {
            var found = evaluate(variant.waitBody(), json(answer), Map.of());
            return found.isValueNode() ? RetryAfter.seconds(found.asText(), variant.millisPerUnit()) : null;
        } catch (ExpressionFailed _) {
            return null; // an answer of another shape tells no wait
        }
    }

    private boolean isTrue(@Nullable String predicate, Answered answer) {
        if (predicate == null) {
            return true;
        }
        try {
            return evaluate(predicate, json(answer), Map.of()).asBoolean(false);
        } catch (ExpressionFailed _) {
            return false; // an answer of another shape is no success
        }
    }

    /** The answer as JSON; text that is none, as a string. */
    private static JsonNode json(Answered answer) {
        try {
            return Json.read(answer.body());
        } catch (Refused _) {
            return TextNode.valueOf(answer.text().strip());
        }
    }

    private static String line(String value) {
        if (value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new IllegalArgumentException("a header value must be a single line");
        }
        return value;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
