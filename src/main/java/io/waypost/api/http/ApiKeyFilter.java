package io.waypost.api.http;

import io.waypost.connector.Asker;
import io.waypost.tenancy.ApiKeys;
import io.waypost.tenancy.Caller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Finds out who calls. Without a known key nothing is answered, not even that a path does not exist. */
@Component
final class ApiKeyFilter extends OncePerRequestFilter implements Ordered {

    static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

    private static final String BEARER = "Bearer ";
    private static final String UNKNOWN = "This key is not known: it is incomplete, or has been taken back";
    private static final String HEALTH = "/actuator/health";

    /** How long to wait for the database where it has to be asked whose key it is. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration HEALTH_PATIENCE = Duration.ofMillis(500);

    private final ApiKeys keys;
    private final VendorCalls vendorCalls;

    ApiKeyFilter(ApiKeys keys, VendorCalls vendorCalls) {
        this.keys = keys;
        this.vendorCalls = vendorCalls;
    }

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var path = request.getServletPath();
        if (isOpen(path)) {
            chain.doFilter(request, response);
            return;
        }
        var vendor = VendorCalls.system(path);
        if (vendor.isPresent()) {
            if (vendorCalls.on(vendor.get())) {
                chain.doFilter(request, response);
            } else {
                Problems.write(Problem.of(404, Problem.describe(404)), null, request, response);
            }
            return;
        }
        Optional<Caller> caller;
        try {
            caller = find(request);
            if (caller.isPresent() && path.startsWith("/actuator/") && !isHealth(path)) {
                // What is measured is measured of all tenants.
                caller.get().requireAdmin();
            }
        } catch (RuntimeException e) {
            Problems.write(Problem.of(e), e, request, response);
            return;
        }
        if (caller.isPresent()) {
            request.setAttribute(Caller.class.getName(), caller.get());
            // Answers hold what is for this key alone, secrets among it.
            response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
            onBehalf(caller.get(), caller.get().admin() ? asAdmin(request) : request, response, chain);
        } else if (isHealth(path) && request.getHeader(HttpHeaders.AUTHORIZATION) == null) {
            chain.doFilter(request, response);
        } else {
            var detail = request.getHeader(HttpHeaders.AUTHORIZATION) == null ? Problem.describe(401) : UNKNOWN;
            var problem = new Problem(401, detail, List.of(), Map.of(HttpHeaders.WWW_AUTHENTICATE, "Bearer"));
            Problems.write(problem, null, request, response);
        }
    }

    /** What the request makes the gateway do counts as its tenant's. */
    private static void onBehalf(
            Caller caller, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (caller.tenant() == null) {
            chain.doFilter(request, response);
            return;
        }
        try {
            Asker.as(caller.tenant(), () -> {
                chain.doFilter(request, response);
                return caller;
            });
        } catch (ServletException | IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }

    /** What shows nothing of anybody's, or asks for a proof of its own. */
    private static boolean isOpen(String path) {
        return path.equals("/openapi.json")
                || path.equals("/console")
                || path.startsWith("/console/")
                || path.startsWith("/activate/")
                || path.startsWith(Admission.INBOUND);
    }

    private Optional<Caller> find(HttpServletRequest request) {
        var header = request.getHeader(HttpHeaders.AUTHORIZATION);
        return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? keys.authenticate(header.substring(BEARER.length()).strip(), patience(request))
                : Optional.empty();
    }

    /** Health is to say within a second that the database does not answer. */
    private static Duration patience(HttpServletRequest request) {
        return isHealth(request.getServletPath()) ? HEALTH_PATIENCE : PATIENCE;
    }

    private static boolean isHealth(String path) {
        return path.equals(HEALTH) || path.startsWith(HEALTH + "/");
    }

    /** So that the actuator, which asks the servlet request for a role, shows its details. */
    private static HttpServletRequest asAdmin(HttpServletRequest request) {
        return new HttpServletRequestWrapper(request) {
            @Override
            public Principal getUserPrincipal() {
                return () -> "admin";
            }

            @Override
            public boolean isUserInRole(String role) {
                return role.equals("ADMIN");
            }
        };
    }
}
