package io.waypost.api.http;

import io.waypost.event.OutcomeUnknown;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import io.waypost.platform.storage.SqlFaults;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponse;

/**
 * What went wrong, in the terms of HTTP (RFC 9457). The only place that knows which error has which status code.
 *
 * <p>Spring's {@link org.springframework.http.ProblemDetail} does not replace it: its instance is a {@link java.net.URI}, which
 * throws for the addresses that Tomcat refuses ({@code /v1/events/%zz}, {@code /v1/events/a|b}), and an instance that is
 * empty, as for a request line that cannot be read, is left out of its JSON. It has no place for headers and no rule for
 * which exception is which problem, so the class would stay, and be as long.
 *
 * @param errors for a 422: what is wrong with the input; of very much the first, and how many more
 * @param headers that belong to the answer, such as {@code Allow}
 * @param ids of events of which nobody can say whether they are stored: what each is known by when it is published again
 */
record Problem(int status, String detail, List<Violation> errors, Map<String, String> headers, List<String> ids) {

    static final String MEDIA_TYPE = "application/problem+json";

    private static final Duration DATABASE_RETRY = Duration.ofSeconds(5);

    Problem(int status, String detail, List<Violation> errors, Map<String, String> headers) {
        this(status, detail, errors, headers, List.of());
    }

    /** One without anything but a sentence. */
    static Problem of(int status, String detail) {
        return new Problem(status, detail, List.of(), Map.of());
    }

    /** What an exception means to the caller; 500 without a word about its cause for what is our own fault. */
    static Problem of(Throwable e) {
        return switch (e) {
            case Invalid invalid -> new Problem(422, message(invalid), invalid.violations(), Map.of());
            case Refused refused ->
                new Problem(status(refused.reason()), message(refused), List.of(), retryAfter(refused.retryAfter()));
            case OutcomeUnknown unknown ->
                new Problem(503, message(unknown), List.of(), retryAfter(unknown.retryAfter()), unknown.ids());
            case ErrorResponse known -> of(known);
            default -> ofUnknown(e);
        };
    }

    private static Problem of(ErrorResponse known) {
        var status = known.getStatusCode().value();
        var headers = new LinkedHashMap<String, String>();
        for (var name : List.of(HttpHeaders.ALLOW, HttpHeaders.ACCEPT)) {
            var values = known.getHeaders().get(name);
            if (values != null) {
                headers.put(name, String.join(", ", values));
            }
        }
        var detail = known.getBody().getDetail();
        return new Problem(
                status, status == 404 || detail == null ? describe(status) : detail, List.of(), Map.copyOf(headers));
    }

    private static Problem ofUnknown(Throwable e) {
        var fault = SqlFaults.of(e);
        if (SqlFaults.passes(e)) {
            return new Problem(503, describe(fault), List.of(), retryAfter(DATABASE_RETRY));
        }
        if (fault == SqlFaults.UNSTORABLE) {
            return of(422, "A text holds the character NUL or another that cannot be stored");
        }
        return of(500, describe(500));
    }

    private static String describe(@Nullable SqlFaults fault) {
        return switch (fault) {
            case READ_ONLY -> "The database can only be read just now";
            case LOCKED, COLLIDED -> "Somebody else is changing the same; try again";
            case null, default -> "The database cannot be reached just now";
        };
    }

    /** The sentence for a status that came without one. */
    static String describe(int status) {
        return switch (status) {
            case 400 -> "The request is not well-formed HTTP, or its address is not";
            case 401 -> "A key is needed: Authorization: Bearer KEY";
            case 404 -> "There is nothing at this path";
            case 405 -> "This path does not know this method";
            case 406 -> "Only application/json is answered here";
            case 408 -> Bodies.TOO_SLOW;
            case 413 -> "The request is too large";
            case 431 -> "The request's headers are too large";
            case 503 -> "Overloaded or shutting down; try again";
            default -> status >= 500 ? "Something went wrong here; the log has more" : "The request was refused";
        };
    }

    byte[] json(String instance, @Nullable String id) {
        var json = Json.object();
        json.put("type", "/problems/" + kind());
        json.put("title", title());
        json.put("status", status);
        json.put("detail", detail);
        json.put("instance", instance);
        if (status == 422) {
            var list = json.putArray("errors");
            for (var error : errors.isEmpty() ? List.of(new Violation("", detail)) : errors) {
                list.addObject().put("pointer", error.pointer()).put("detail", error.detail());
            }
            if (errors instanceof Violations some && some.more() > 0) {
                json.put("moreErrors", some.more());
            }
        }
        if (!ids.isEmpty()) {
            var list = json.putArray("events");
            ids.forEach(event -> list.addObject().put("id", event));
        }
        if (id != null) {
            json.put("id", id);
        }
        return Json.write(json).getBytes(StandardCharsets.UTF_8);
    }

    private String title() {
        var known = HttpStatus.resolve(status);
        return known == null ? "Error" : known.getReasonPhrase();
    }

    private String kind() {
        return switch (status) {
            case 400 -> "malformed";
            case 422 -> "invalid";
            case 403 -> "not-allowed";
            case 413 -> "too-large";
            case 415 -> "unsupported-type";
            case 503 -> ids.isEmpty() ? "overloaded" : "outcome-unknown";
            case 500 -> "internal";
            default -> title().toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z]+", "-");
        };
    }

    private static int status(Refused.Reason reason) {
        return switch (reason) {
            case MALFORMED -> 400;
            case NOT_ALLOWED -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case TOO_LARGE -> 413;
            case UNSUPPORTED_TYPE -> 415;
            case OVERLOADED -> 503;
        };
    }

    private static Map<String, String> retryAfter(@Nullable Duration wait) {
        return wait == null
                ? Map.of()
                : Map.of(
                        HttpHeaders.RETRY_AFTER,
                        Long.toString(Math.max(1, wait.plusMillis(999).toSeconds())));
    }

    private static String message(RuntimeException e) {
        return Objects.requireNonNullElse(e.getMessage(), "");
    }
}
