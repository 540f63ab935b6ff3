package io.waypost.api.http;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/**
 * The short way for what is called most: {@code POST /v1/events} goes through the checks that it needs, and past Spring MVC and
 * the other filters, which take more time than publishing does. With an {@code Idempotency-Key}, or the path written in another
 * way, it goes the long way, as all other calls do; the answers are the same.
 */
@Component
final class PublishFilter implements Filter, Ordered {

    private final ApiKeyFilter keys;
    private final FilterChain withKey;

    PublishFilter(ApiKeyFilter keys, Admission admission, Publishing publishing) {
        this.keys = keys;
        FilterChain admitted = (request, response) -> answer(publishing, request, response);
        withKey = (request, response) ->
                admission.doFilterInternal((HttpServletRequest) request, (HttpServletResponse) response, admitted);
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest asked
                && response instanceof HttpServletResponse answer
                && asked.getMethod().equals("POST")
                && asked.getRequestURI().equals(Admission.PUBLISHING)
                && asked.getHeader(IdempotencyFilter.HEADER) == null) {
            keys.doFilterInternal(asked, answer, withKey);
        } else {
            chain.doFilter(request, response);
        }
    }

    private static void answer(Publishing publishing, ServletRequest request, ServletResponse response)
            throws IOException {
        var asked = (HttpServletRequest) request;
        var answer = (HttpServletResponse) response;
        try {
            var body = publishing.publish(WebConfiguration.caller(asked), asked);
            answer.setStatus(HttpServletResponse.SC_ACCEPTED);
            answer.setContentType(MediaType.APPLICATION_JSON_VALUE);
            answer.setContentLength(body.length);
            answer.getOutputStream().write(body);
        } catch (Throwable e) {
            Problems.answer(e, asked, answer);
        }
    }
}
