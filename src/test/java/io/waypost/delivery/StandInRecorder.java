package io.waypost.delivery;

import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Writes down at once. */
public final class StandInRecorder extends Recorder {

    private final DeliveryLog deliveries;

    /** Completes when what was handed in counts as written. */
    public volatile CompletableFuture<Void> disk = CompletableFuture.completedFuture(null);

    public StandInRecorder(DeliveryLog deliveries) {
        super(
                deliveries,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                new SettableClock("2026-03-01T12:00:00Z"),
                TestProperties.of(Map.of()));
        this.deliveries = deliveries;
    }

    @Override
    public CompletableFuture<Void> recordAndTell(DeliveryUpdate update) {
        deliveries.settle(List.of(update));
        return disk;
    }
}
