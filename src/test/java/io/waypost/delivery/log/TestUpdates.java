package io.waypost.delivery.log;

import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryUpdate.Claim;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.delivery.log.DeliveryUpdate.Finding;
import io.waypost.delivery.log.DeliveryUpdate.Progress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Updates of any kind, also of those that no step makes. */
public final class TestUpdates {

    private TestUpdates() {}

    public static DeliveryUpdate update(
            DeliveryKey key,
            String tenant,
            boolean row,
            int fence,
            Status status,
            int attempts,
            int used,
            @Nullable Instant dueAt,
            @Nullable Instant nextAttemptAt,
            @Nullable Instant finishedAt,
            @Nullable Instant throttledSince,
            boolean replay,
            @Nullable Attempt attempt,
            Effect effect,
            List<Claim> others,
            @Nullable Instant stateSince) {
        return new DeliveryUpdate(
                new Claim(key, fence, row),
                tenant,
                new Progress(status, attempts, used, dueAt, nextAttemptAt, finishedAt, throttledSince),
                replay,
                new Finding(attempt, effect, stateSince),
                others);
    }
}
