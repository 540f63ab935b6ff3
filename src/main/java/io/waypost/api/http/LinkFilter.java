package io.waypost.api.http;

import io.waypost.connector.Masking;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Scope;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;

/**
 * Takes what makes an activation link work out of all that is answered to a key that may not activate: whoever has the link
 * may. It may stand anywhere: in an event, in what a receiver answered to that event, in an event made of either.
 */
@Component
final class LinkFilter extends OncePerRequestFilter implements Ordered {

    /** The end of a link, however its slashes are written; answers are cut off, so that its own end may be missing. */
    private static final Pattern TOKEN =
            Pattern.compile("(sub_[A-Za-z0-9]{1,60}\\.[0-9]{1,20}\\.[0-9]{1,20}\\.)[A-Za-z0-9_-]+");

    private static final String MASKED = "$1" + Masking.MASK;

    @Override
    public int getOrder() {
        return ApiKeyFilter.ORDER + 15;
    }

    /** Who may not read gets to see nothing that could hold one. */
    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !(request.getAttribute(Caller.class.getName()) instanceof Caller caller)
                || caller.may(Scope.MANAGE)
                || !caller.may(Scope.READ);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var buffered = new ContentCachingResponseWrapper(response);
        chain.doFilter(request, buffered);
        var text = new String(buffered.getContentAsByteArray(), StandardCharsets.UTF_8);
        var tokens = TOKEN.matcher(text);
        if (tokens.find()) {
            buffered.resetBuffer();
            buffered.getOutputStream().write(tokens.replaceAll(MASKED).getBytes(StandardCharsets.UTF_8));
        }
        buffered.copyBodyToResponse();
    }
}
