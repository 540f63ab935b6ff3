package io.waypost.api.compat;

import io.waypost.api.http.Bodies;
import io.waypost.tenancy.ApiKeys;
import io.waypost.tenancy.Caller;
import io.waypost.tenancy.Scope;
import io.waypost.tenancy.Tenants;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/** Who calls: a user name is a tenant, a password or token is a key of it that may manage. */
@Component
final class Accounts {

    private static final String BASIC = "Basic ";

    private final ApiKeys keys;
    private final Tenants tenants;

    Accounts(ApiKeys keys, Tenants tenants) {
        this.keys = keys;
        this.tenants = tenants;
    }

    /** @param user may be left out: then the key says whose it is */
    Optional<String> tenant(@Nullable String user, @Nullable String key) {
        return key == null || key.isEmpty()
                ? Optional.empty()
                : keys.authenticate(key)
                        .filter(caller -> caller.may(Scope.MANAGE))
                        .flatMap(caller -> acting(caller, user));
    }

    private Optional<String> acting(Caller caller, @Nullable String user) {
        if (user == null || user.isEmpty()) {
            return Optional.of(caller.tenant() == null ? Tenants.DEFAULT : caller.tenant());
        }
        return caller.sees(user) && tenants.exists(user) ? Optional.of(user) : Optional.empty();
    }

    /** By a key in one of the other system's own headers. */
    Optional<String> byHeader(HttpServletRequest request, @Nullable String key) {
        return proven(request, tenant(null, key));
    }

    private static Optional<String> proven(HttpServletRequest request, Optional<String> tenant) {
        tenant.ifPresent(known -> Bodies.belongTo(known, request));
        return tenant;
    }

    /** By HTTP basic authentication. */
    Optional<String> byBasic(HttpServletRequest request) {
        var header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return Optional.empty();
        }
        try {
            var plain = new String(
                    Base64.getDecoder().decode(header.substring(BASIC.length()).strip()), StandardCharsets.UTF_8);
            var colon = plain.indexOf(':');
            return colon < 0
                    ? Optional.empty()
                    : proven(request, tenant(plain.substring(0, colon), plain.substring(colon + 1)));
        } catch (IllegalArgumentException _) {
            return Optional.empty(); // no base64, so no key
        }
    }
}
