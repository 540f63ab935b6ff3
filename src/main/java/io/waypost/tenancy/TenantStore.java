package io.waypost.tenancy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where tenants are kept. {@link Tenants#DEFAULT} is there from the start. */
public interface TenantStore {

    /** @return empty if there is one with this id */
    Optional<Tenant> create(String id, @Nullable String name, Instant now);

    boolean exists(String id);

    /** Newest first, with a {@link Tenant#no()} below {@code before}. */
    List<Tenant> list(long before, int limit);
}
