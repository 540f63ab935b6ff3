package io.waypost.tenancy;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One of several users of the gateway who see nothing of each other.
 *
 * @param no counts tenants in the order they were made
 */
public record Tenant(long no, String id, @Nullable String name, Instant createdAt) {}
