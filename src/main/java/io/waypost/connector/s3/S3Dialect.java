package io.waypost.connector.s3;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.connector.UrlRules;
import io.waypost.connector.http.RetryAfter;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.connector.http.client.HttpAnswer.NotSent;
import io.waypost.connector.http.client.HttpExchange;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.connector.pool.ClientDialect;
import io.waypost.connector.pool.JsonLines;
import io.waypost.connector.pool.Shape;
import io.waypost.connector.pool.Shape.Input;
import io.waypost.platform.Violation;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Puts each event, or each batch of them, as one object of JSON lines. Over the HTTP client of all other connectors, with
 * its bounds, its deadline and its guard over addresses; the signature is all that S3 needs beside.
 */
final class S3Dialect implements ClientDialect {

    private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);
    private static final Duration THROTTLE = Duration.ofSeconds(30);
    private static final int LONGEST_KEY = 1024;
    private static final byte[] NOTHING = {};
    private static final Pattern CODE = Pattern.compile("<Code>([A-Za-z]{1,80})</Code>");
    private static final Set<String> THIS_ONE = Set.of("EntityTooLarge", "KeyTooLongError", "InvalidURI");
    private static final Set<String> LATER = Set.of("RequestTimeTooSkewed", "RequestTimeout", "OperationAborted");

    private final Shape shape;
    private final UrlRules urls;
    private final HttpExchange http;
    private final Clock clock;

    S3Dialect(Shape shape, UrlRules urls, HttpExchange http, Clock clock) {
        this.shape = shape;
        this.urls = urls;
        this.http = http;
        this.clock = clock;
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new ArrayList<>(shape.violations(config));
        try {
            var problem = urls.problem(Bucket.of(config).uri().toString());
            if (problem != null) {
                found.add(new Violation("/endpoint", problem));
            }
        } catch (IllegalArgumentException e) {
            found.add(new Violation("/endpoint", String.valueOf(e.getMessage())));
        }
        return found;
    }

    @Override
    public Set<String> places() {
        return Set.of("endpoint", "region");
    }

    @Override
    public Outcome send(Message message) {
        var started = System.nanoTime();
        var request = request(message);
        var left = message.timeout().minusNanos(System.nanoTime() - started);
        return switch (http.send(request, left)) {
            case NoAnswer(var failure, var detail) -> new Failed(failure, detail);
            case NotSent(var detail) -> new Postponed(detail);
            case Answered answer -> judge(message, answer);
        };
    }

    @Override
    public PreparedRequest prepare(Message message) {
        var request = request(message);
        return new PreparedRequest(
                request.method(),
                request.uri().toString(),
                request.headers(),
                new String(Objects.requireNonNull(request.body()), StandardCharsets.UTF_8));
    }

    @Override
    public CheckResult check(ObjectNode given) {
        var problems = violations(given);
        if (!problems.isEmpty()) {
            var first = problems.getFirst();
            return new CheckResult(false, first.pointer() + " " + first.detail());
        }
        var bucket = Bucket.of(shape.whole(given));
        var headers = SignatureV4.sign("HEAD", bucket.uri(), Map.of(), NOTHING, bucket, clock.instant());
        return switch (http.send(new HttpRequest("HEAD", bucket.uri(), headers, null), CHECK_LIMIT)) {
            case NoAnswer(var failure, var detail) -> new CheckResult(false, failure.code() + ": " + detail);
            case NotSent(var detail) -> new CheckResult(false, detail);
            case Answered answer ->
                switch (answer.status()) {
                    case 200 -> new CheckResult(true, "The bucket is there for these keys; nothing was written.");
                    case 301, 400 -> new CheckResult(false, "status %d: another region".formatted(answer.status()));
                    case 403 -> new CheckResult(false, "status 403: wrong keys, or no right to list the bucket");
                    case 404 -> new CheckResult(false, "status 404: there is no such bucket");
                    default -> new CheckResult(false, "status " + answer.status());
                };
        };
    }

    private HttpRequest request(Message message) {
        var input = shape.of(message);
        var bucket = Bucket.of(input.config());
        var uri = bucket.uri(key(input));
        var body = JsonLines.of(input, "body").getBytes(StandardCharsets.UTF_8);
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", "application/x-ndjson");
        headers.put("x-amz-meta-waypost-delivery", message.delivery());
        return new HttpRequest("PUT", uri, SignatureV4.sign("PUT", uri, headers, body, bucket, message.at()), body);
    }

    private static String key(Input input) {
        var key = input.text("key");
        if (key == null || key.isEmpty() || key.getBytes(StandardCharsets.UTF_8).length > LONGEST_KEY) {
            throw new ExpressionFailed("key: must yield a text of 1 to %d bytes".formatted(LONGEST_KEY));
        }
        if (key.startsWith("/") || List.of(key.split("/", -1)).stream().anyMatch(part -> part.matches("|[.]{1,2}"))) {
            throw new ExpressionFailed("key: must not have empty parts, '.' or '..'");
        }
        if (key.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new ExpressionFailed("key: must not hold control characters");
        }
        return key;
    }

    private static Outcome judge(Message message, Answered answer) {
        var status = answer.status();
        var shown = answer.beginning();
        if (status == 200) {
            return new Succeeded(status, shown);
        }
        var found = CODE.matcher(answer.text());
        var code = found.find() ? found.group(1) : "";
        var detail = "status %d %s".formatted(status, code).strip();
        var wait = RetryAfter.parse(answer.header("Retry-After"), message.at());
        if (THIS_ONE.contains(code)) {
            return new Rejected(Failure.HTTP_STATUS, detail, status, shown);
        }
        if (LATER.contains(code)) {
            return new Failed(Failure.HTTP_STATUS, detail, status, shown, wait, true);
        }
        return switch (status) {
            case 429, 503 -> new Throttled(wait == null ? THROTTLE : wait, detail, status, shown);
            // Keys, bucket or region: what a person must put right.
            case 301, 307, 400, 401, 403, 404 -> new Gone(Failure.HTTP_STATUS, detail, status, shown);
            default -> new Failed(Failure.HTTP_STATUS, detail, status, shown, wait, true);
        };
    }
}
