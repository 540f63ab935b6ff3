package io.waypost.connector.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.Credential;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Message.SuccessTest;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Gone;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.connector.Outcome.Rejected;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.TargetUrl;
import io.waypost.connector.UrlRules;
import io.waypost.connector.http.HttpDialect;
import io.waypost.connector.http.RetryAfter;
import io.waypost.connector.http.client.HeaderRules;
import io.waypost.connector.http.client.HttpAnswer;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpAnswer.NoAnswer;
import io.waypost.connector.http.client.HttpAnswer.NotSent;
import io.waypost.connector.http.client.HttpRequest;
import io.waypost.connector.http.client.UserAgent;
import io.waypost.platform.Caches;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The signed webhook.
 *
 * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks 1.0.0</a>
 */
final class WebhookDialect implements HttpDialect {

    private static final byte[] NOTHING = {};
    private static final List<String> URLS = List.of("url", "backupUrl");
    private static final Set<Integer> TAKEN_WITH_BODY = Set.of(200, 201, 202, 204);

    private final UrlRules urls;
    private final UserAgent userAgent;

    /** Parsing a URL costs as much as signing a message, and the same few thousand come again and again. */
    private final Cache<String, TargetUrl> targets = Caches.ofMebibytes(8, (url, _) -> 500 + 10 * url.length());

    /** To make a key of a secret costs more than to sign with it. */
    private final Cache<String, SigningSecrets.Key> keys =
            Caches.ofMebibytes(8, (secret, _) -> 2_000 + secret.length());

    WebhookDialect(UrlRules urls, UserAgent userAgent) {
        this.urls = urls;
        this.userAgent = userAgent;
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new Violations();
        for (var field : URLS) {
            var url = config.path(field).textValue();
            var problem = url == null ? null : urls.problem(url);
            if (problem != null) {
                found.add(new Violation("/" + field, problem));
            }
        }
        found.addAll(HeaderRules.violations(config.path("headers")));
        return found;
    }

    @Override
    public Set<String> places() {
        return Set.copyOf(URLS);
    }

    /** Its header goes beside the signature; there is no field of the config that it would be in the place of. */
    @Override
    public ObjectNode supplied(ObjectNode config, Credential credential) {
        return config;
    }

    @Override
    public CheckResult check(ObjectNode config) {
        var found = violations(config);
        return found.isEmpty()
                ? new CheckResult(true, "The config is valid. Nothing was sent: send a test event to try the receiver.")
                : new CheckResult(
                        false,
                        found.getFirst().pointer() + " " + found.getFirst().detail());
    }

    @Override
    public HttpRequest request(Message message) {
        var config = message.config();
        var target = target(config.path("url").asText());
        var method = config.path("method").asText("POST");
        var format = Format.named(config.path("format").asText("json"));
        var inQuery = method.equals("GET");
        var body = inQuery ? NOTHING : format.write(message).getBytes(StandardCharsets.UTF_8);
        var headers = new LinkedHashMap<String, String>();
        headers.put("User-Agent", userAgent.value());
        if (target.authorization() != null) {
            headers.put("Authorization", target.authorization());
        }
        if (!inQuery) {
            headers.put("Content-Type", format.contentType(message));
        }
        format.headers(message).forEach(headers::put);
        addOwn(headers, config.path("headers"));
        if (message.credential() != null) {
            message.credential().putOn(headers);
        }
        addMarks(headers, message);
        sign(headers, message, body);
        var uri = inQuery ? withQuery(target.uri(), format.query(message)) : target.uri();
        return new HttpRequest(method, uri, headers, inQuery ? null : body);
    }

    private TargetUrl target(String url) {
        return targets.get(url, TargetUrl::parse);
    }

    @Override
    public Outcome judge(Message message, HttpAnswer answer) {
        return switch (answer) {
            case NoAnswer(var failure, var detail) -> new Failed(failure, detail);
            case NotSent(var detail) -> new Postponed(detail);
            case Answered answered -> judge(message, answered);
        };
    }

    private static Outcome judge(Message message, Answered answer) {
        var status = answer.status();
        var body = answer.beginning();
        if (isSuccess(message.success(), answer)) {
            return new Succeeded(status, body);
        }
        if (!message.success().retries(status)) {
            return new Rejected(
                    Failure.HTTP_STATUS, "status %d, which is not tried again".formatted(status), status, body);
        }
        var wait = RetryAfter.parse(answer.header("Retry-After"), message.at());
        return switch (status) {
            case 410 -> new Gone(Failure.HTTP_STATUS, "status 410: the receiver wants nothing more", status, body);
            case 429 -> new Failed(Failure.RATE_LIMITED, "status 429: too many requests", status, body, wait, false);
            case 503 -> new Failed(Failure.HTTP_STATUS, "status 503: unavailable", status, body, wait, true);
            default -> {
                var rejected = message.success() == SuccessTest.STATUS_OK_BODY && status / 100 == 2;
                yield new Failed(
                        rejected ? Failure.RESPONSE_REJECTED : Failure.HTTP_STATUS,
                        detail(message.success(), status),
                        status,
                        body,
                        null,
                        true);
            }
        };
    }

    private static String detail(SuccessTest test, int status) {
        if (status / 100 == 3) {
            return "status %d: redirects are not followed".formatted(status);
        }
        if (status / 100 != 2) {
            return "status " + status;
        }
        return test == SuccessTest.ONLY_200
                ? "status %d where only 200 is success".formatted(status)
                : "status %d without the body {\"status\":\"OK\"}".formatted(status);
    }

    private static boolean isSuccess(SuccessTest test, Answered answer) {
        var status = answer.status();
        return switch (test) {
            case ANY_2XX -> status / 100 == 2;
            case ONLY_200 -> status == 200;
            case STATUS_OK_BODY -> TAKEN_WITH_BODY.contains(status) && saysOk(answer);
        };
    }

    private static boolean saysOk(Answered answer) {
        try {
            return Json.read(answer.body()).path("status").asText().equals("OK");
        } catch (Refused _) {
            return false; // no JSON, so not that JSON
        }
    }

    private static void addOwn(Map<String, String> headers, JsonNode own) {
        own.properties().forEach(header -> {
            headers.keySet().removeIf(header.getKey()::equalsIgnoreCase);
            headers.put(header.getKey(), header.getValue().asText());
        });
    }

    private static void addMarks(Map<String, String> headers, Message message) {
        headers.put("Waypost-Attempt", Integer.toString(message.attempt()));
        if (message.replay()) {
            headers.put("Waypost-Replay", "true");
        }
        if (message.test()) {
            headers.put("Waypost-Test", "true");
        }
    }

    private void sign(Map<String, String> headers, Message message, byte[] body) {
        var id = message.id();
        var timestamp = message.at().getEpochSecond();
        headers.put("webhook-id", id);
        headers.put("webhook-timestamp", Long.toString(timestamp));
        if (message.secrets().isEmpty()
                || message.config().path("signing").asText().equals("none")) {
            return;
        }
        var signatures = new StringBuilder();
        for (var secret : message.secrets()) {
            signatures
                    .append(signatures.isEmpty() ? "" : " ")
                    .append(keys.get(secret, SigningSecrets::key).sign(id, timestamp, body));
        }
        headers.put("webhook-signature", signatures.toString());
    }

    private static URI withQuery(URI uri, String fields) {
        var text = uri.toString();
        return URI.create(
                text + (uri.getRawQuery() == null ? "?" : uri.getRawQuery().isEmpty() ? "" : "&") + fields);
    }
}
