package io.waypost.campaign;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What some events add to a campaign.
 *
 * @param name as the last of them that has one calls it; null: none does
 * @param first the place in the log of the first of them, received at {@code firstAt}
 * @param lastAt when the last of them was received
 */
public record Addition(
        String tenant,
        String id,
        @Nullable String name,
        long first,
        Instant firstAt,
        Instant lastAt,
        Map<Kind, Added> counts) {

    /** @param contacts whom it happened to */
    public record Added(long events, Contacts contacts) {}
}
