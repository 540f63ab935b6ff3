package io.waypost.api.http;

import io.waypost.platform.Memory;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;

/** Answers what went wrong as {@code application/problem+json}, for controllers and filters alike. */
@RestControllerAdvice
final class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);
    private static final int LONGEST_INSTANCE = 1_000;

    @ExceptionHandler(Throwable.class)
    void on(Throwable e, HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(e, request, response);
    }

    /** Answers it, if there is anybody left to be told. */
    static void answer(Throwable e, HttpServletRequest request, HttpServletResponse response) throws IOException {
        Memory.endIfGone(e);
        if (e instanceof AsyncRequestNotUsableException || response.isCommitted()) {
            log.debug("Nobody is left to be told", e);
            return;
        }
        write(Problem.of(e), e, request, response);
    }

    /** @param cause is logged, once, if the problem is our own */
    static void write(
            Problem problem,
            @org.jspecify.annotations.Nullable Throwable cause,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String id = null;
        if (problem.status() >= 500 && problem.status() != 503) {
            id = UUID.randomUUID().toString();
            log.error("{} {} failed, problem {}", request.getMethod(), loggable(request), id, cause);
        } else if (problem.status() == 503 && cause != null) {
            // Neither overload nor a database that is away is news to write a line about for each request.
            log.debug("{} {} refused", request.getMethod(), loggable(request), cause);
        }
        var body = problem.json(instance(request.getRequestURI()), id);
        response.resetBuffer();
        response.setStatus(problem.status());
        problem.headers().forEach(response::setHeader);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setContentType(Problem.MEDIA_TYPE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
        response.flushBuffer();
    }

    /** The path, without the token that lets a vendor in. */
    private static String loggable(HttpServletRequest request) {
        var uri = request.getRequestURI();
        return uri.startsWith(Admission.INBOUND) ? uri.substring(0, uri.lastIndexOf('/') + 1) + "***" : uri;
    }

    static String instance(String uri) {
        return uri.length() <= LONGEST_INSTANCE ? uri : uri.substring(0, LONGEST_INSTANCE);
    }
}
