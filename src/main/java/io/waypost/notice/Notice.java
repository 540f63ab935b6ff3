package io.waypost.notice;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something an owner must be told about a subscription.
 *
 * @param id tells it apart; telling it twice is prevented by it
 * @param kind the type of the event it goes out as, {@code webhook.deactivated} or {@code webhook.on_backup}
 * @param at when it happened
 * @param reason {@code failures} or {@code gone}
 */
public record Notice(
        String id,
        String subscriptionId,
        long subscription,
        String tenant,
        String kind,
        Instant at,
        @Nullable String reason,
        @Nullable String lastError) {}
