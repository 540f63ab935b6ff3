package io.waypost.delivery.log;

import io.waypost.delivery.log.Delivery.Status;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which deliveries to list, newest first. Buffered deliveries that are not stored are listed only if {@code subscription} or
 * {@code seq} is given.
 *
 * @param tenant null: all tenants
 * @param subscription its internal number
 * @param seq of the event
 * @param since by {@link DeliveryKey#createdAt()}, inclusive
 * @param until exclusive
 * @param before only keys below this; null for the first page
 * @param limit at most this many
 */
public record DeliveryQuery(
        @Nullable String tenant,
        @Nullable Long subscription,
        @Nullable Long seq,
        @Nullable Status status,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable DeliveryKey before,
        int limit) {}
