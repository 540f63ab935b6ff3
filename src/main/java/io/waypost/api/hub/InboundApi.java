package io.waypost.api.hub;

import io.swagger.v3.oas.annotations.Hidden;
import io.waypost.api.http.Answers;
import io.waypost.api.http.Bodies;
import io.waypost.intake.source.NotProven;
import io.waypost.intake.source.Posting;
import io.waypost.intake.source.Reception;
import io.waypost.intake.source.Source;
import io.waypost.intake.source.Sources;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * What vendors post, to addresses with a token in place of a key. All are answered alike: GetResponse wants just these
 * words, Mailjet and MailWizz a 200, and the others any 2xx.
 */
@Hidden
@RestController
@RequestMapping("/in/{kind}/{token}")
final class InboundApi {

    private final Sources sources;
    private final Reception reception;
    private final Clock clock;

    InboundApi(Sources sources, Reception reception, Clock clock) {
        this.sources = sources;
        this.reception = reception;
        this.clock = clock;
    }

    @PostMapping
    ResponseEntity<byte[]> post(@PathVariable String kind, @PathVariable String token, HttpServletRequest request) {
        return take(sources.at(kind, token), request);
    }

    /** Of most vendors a look whether anybody is there, when the address is saved; of some the news itself. */
    @GetMapping
    ResponseEntity<byte[]> get(@PathVariable String kind, @PathVariable String token, HttpServletRequest request) {
        var source = sources.at(kind, token);
        var news =
                reception.kind(source).get() && request.getMethod().equals("GET") && request.getQueryString() != null;
        return news ? take(source, request) : ok();
    }

    private ResponseEntity<byte[]> take(Source source, HttpServletRequest request) {
        try {
            reception.take(source, posting(source, request));
            return ok();
        } catch (NotProven e) {
            throw new ResponseStatusException(HttpStatus.UNAUTHORIZED, e.getMessage(), e);
        }
    }

    private Posting posting(Source source, HttpServletRequest request) {
        Bodies.belongTo(source.tenant(), request);
        byte[] body;
        try {
            body = Bodies.bytes(request);
        } catch (Refused e) {
            if (e.reason() == Refused.Reason.TOO_LARGE) {
                reception.tooLarge(source, e);
            }
            throw e;
        }
        return new Posting(
                request.getMethod(),
                headers(request),
                Objects.requireNonNullElse(request.getQueryString(), ""),
                body,
                clock.instant());
    }

    private static Map<String, String> headers(HttpServletRequest request) {
        var headers = new HashMap<String, String>();
        for (var name : Collections.list(request.getHeaderNames())) {
            headers.put(name.toLowerCase(Locale.ROOT), String.join(", ", Collections.list(request.getHeaders(name))));
        }
        return headers;
    }

    private static ResponseEntity<byte[]> ok() {
        return Answers.ok(Json.object().put("status", "OK"));
    }
}
