package io.waypost.tenancy;

import io.waypost.platform.Refused;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request.
 *
 * @param tenant whose key it is; null for an admin key, which may act for every tenant
 */
public record Caller(@Nullable String tenant, String keyId, Set<Scope> scopes) {

    public boolean admin() {
        return tenant == null;
    }

    /** {@code MANAGE} includes {@code READ}; an admin key may do everything. */
    public boolean may(Scope scope) {
        return admin() || scopes.contains(scope) || (scope == Scope.READ && scopes.contains(Scope.MANAGE));
    }

    /** @throws Refused (not allowed) */
    public void require(Scope scope) {
        if (!may(scope)) {
            throw Refused.notAllowed("This key lacks the scope " + scope.code());
        }
    }

    /** @throws Refused (not allowed) */
    public void requireAdmin() {
        if (!admin()) {
            throw Refused.notAllowed("Only an admin key may do this");
        }
    }

    /** Whether it may see something of the tenant. */
    public boolean sees(String owner) {
        return admin() || owner.equals(tenant);
    }
}
