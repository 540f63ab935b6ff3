package io.waypost.api.http;

import io.waypost.platform.Fault;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Idempotency;
import io.waypost.tenancy.Idempotency.Answer;
import io.waypost.tenancy.Idempotency.Begun;
import io.waypost.tenancy.Idempotency.Claim;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;

/** Gives a POST that comes again with the same {@code Idempotency-Key} its first answer again. */
@Component
final class IdempotencyFilter extends OncePerRequestFilter implements Ordered {

    static final String HEADER = "Idempotency-Key";

    private static final Logger log = LoggerFactory.getLogger(IdempotencyFilter.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration STEP = Duration.ofMillis(20);
    private static final List<String> HEADERS = List.of(HttpHeaders.CONTENT_TYPE, HttpHeaders.LOCATION);

    private final Fault fault = new Fault(
            log,
            "Answers to requests with an Idempotency-Key cannot be remembered; done again they are known by it",
            "Answers to requests with an Idempotency-Key can be remembered again");
    private final Idempotency idempotency;

    IdempotencyFilter(Idempotency idempotency) {
        this.idempotency = idempotency;
    }

    @Override
    public int getOrder() {
        return ApiKeyFilter.ORDER + 20;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        var path = request.getServletPath();
        return request.getHeader(HEADER) == null
                || !request.getMethod().equals("POST")
                || (!path.startsWith("/v1/") && !path.equals("/hooks"));
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Begun begun;
        try {
            begun = begin(request);
        } catch (RuntimeException e) {
            Problems.write(Problem.of(e), e, request, response);
            return;
        }
        switch (begun) {
            case Begun.New(var claim) -> answer(claim, request, response, chain);
            case Begun.Replay(var answer) -> write(answer, response);
            case Begun.Running _ ->
                Problems.write(
                        Problem.of(409, "The first request with this Idempotency-Key is still running"),
                        null,
                        request,
                        response);
            case Begun.Mismatch _ ->
                Problems.write(
                        Problem.of(422, "This Idempotency-Key was used for another body"), null, request, response);
        }
    }

    private Begun begin(HttpServletRequest request) {
        if (!(request.getAttribute(Caller.class.getName()) instanceof Caller caller)) {
            throw new IllegalStateException("the filter before lets nobody in without a key");
        }
        var query = request.getQueryString();
        var path = request.getRequestURI() + (query == null ? "" : "?" + query);
        var body = Bodies.bytes(request);
        var until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            var begun = idempotency.begin(caller, String.valueOf(request.getHeader(HEADER)), path, body);
            if (!(begun instanceof Begun.Running) || System.nanoTime() - until > 0) {
                return begun;
            }
            LockSupport.parkNanos(STEP.toNanos());
        }
    }

    private void answer(Claim claim, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var buffered = new ContentCachingResponseWrapper(response);
        RepeatKey.set(request, claim.repeatKey());
        int status = 500;
        try {
            chain.doFilter(request, buffered);
            status = buffered.getStatus();
        } finally {
            settle(claim, buffered, status);
        }
        buffered.copyBodyToResponse();
    }

    /** What was done stays done if its answer cannot be remembered; so that is no reason to answer otherwise. */
    private void settle(Claim claim, ContentCachingResponseWrapper response, int status) {
        try {
            if (status / 100 == 2) {
                idempotency.complete(claim, remembered(response));
            } else if (status < 500) {
                idempotency.release(claim);
            } else {
                idempotency.leave(claim);
            }
            fault.over();
        } catch (RuntimeException e) {
            fault.failed(e);
        }
    }

    private static Answer remembered(ContentCachingResponseWrapper response) {
        var headers = new HashMap<String, String>();
        for (var name : HEADERS) {
            var value = response.getHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return new Answer(response.getStatus(), headers, response.getContentAsByteArray());
    }

    private static void write(Answer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        response.setHeader("Idempotent-Replayed", "true");
        response.setContentLength(answer.body().length);
        response.getOutputStream().write(answer.body());
    }
}
