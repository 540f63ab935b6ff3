package io.waypost.tenancy;

import java.time.Instant;
import java.util.Set;

/**
 * What is known of a key: all but the key itself, of which only a hash is kept.
 *
 * @param id {@code key_…}
 */
public record ApiKey(String id, String tenant, String name, Set<Scope> scopes, Instant createdAt) {

    Caller caller() {
        return new Caller(tenant, id, scopes);
    }
}
