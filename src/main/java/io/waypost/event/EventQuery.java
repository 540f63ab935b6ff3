package io.waypost.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which events to list, newest first.
 *
 * @param tenant null: all tenants
 * @param since inclusive, by {@link Event#receivedAt()}
 * @param until exclusive
 * @param before only sequence numbers below this; {@link Long#MAX_VALUE} for the first page
 * @param limit at most this many
 */
public record EventQuery(
        @Nullable String tenant,
        @Nullable String type,
        @Nullable String subject,
        @Nullable Instant since,
        @Nullable Instant until,
        long before,
        int limit) {}
