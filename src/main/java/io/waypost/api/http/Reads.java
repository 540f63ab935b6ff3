package io.waypost.api.http;

import io.waypost.platform.FairLimit;
import io.waypost.platform.Refused;
import io.waypost.platform.WaypostProperties;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * Lets so few requests read from the database at once that those who publish always find connections, and of these half for
 * one tenant. Replays, which read the log, have a number of their own, or whoever replays very much could read nothing
 * meanwhile. What has been read goes to the client without a permit: it may take its time.
 */
@RestControllerAdvice
final class Reads implements HandlerInterceptor, ResponseBodyAdvice<Object> {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final String ATTRIBUTE = Reads.class.getName();

    private final FairLimit reads;
    private final FairLimit replays;

    Reads(WaypostProperties properties) {
        var pool = properties.db().pool();
        this.reads = new FairLimit(Math.max(2, pool / 3));
        this.replays = new FairLimit(Math.max(2, pool / 6));
    }

    private record Permit(FairLimit of, String owner) {}

    /** @throws Refused (overloaded) */
    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws InterruptedException {
        var allowance = allowance(request);
        if (allowance == null) {
            return true;
        }
        var owner = Admission.owner(request);
        if (!allowance.take(owner, 1, PATIENCE)) {
            throw Refused.overloaded(
                    "As many requests as may read at once are being answered, of this tenant or of all; try again",
                    RETRY_AFTER);
        }
        request.setAttribute(ATTRIBUTE, new Permit(allowance, owner));
        return true;
    }

    private @Nullable FairLimit allowance(HttpServletRequest request) {
        var path = request.getServletPath();
        // With the calls and posts of other systems a body may still have to come.
        if (request.getDispatcherType() != DispatcherType.REQUEST
                || !(path.startsWith("/v1/") || path.startsWith("/hooks"))) {
            return null;
        }
        if (path.endsWith("/replay")) {
            return replays;
        }
        return request.getMethod().equals("GET") || request.getMethod().equals("HEAD") ? reads : null;
    }

    @Override
    public boolean supports(MethodParameter returned, Class<? extends HttpMessageConverter<?>> converter) {
        return true;
    }

    @Override
    public @Nullable Object beforeBodyWrite(
            @Nullable Object body,
            MethodParameter returned,
            MediaType type,
            Class<? extends HttpMessageConverter<?>> converter,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        if (request instanceof ServletServerHttpRequest servlet) {
            release(servlet.getServletRequest());
        }
        return body;
    }

    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception e) {
        release(request);
    }

    private static void release(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof Permit(var allowance, var owner)) {
            request.removeAttribute(ATTRIBUTE);
            allowance.give(owner, 1);
        }
    }
}
