package io.waypost.delivery;

import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.delivery.log.DeliveryLog;
import io.waypost.delivery.log.DeliveryUpdate.Effect;
import io.waypost.platform.SettableClock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.apache.camel.impl.DefaultCamelContext;

/** Queues for who hands deliveries in and asks about them; what becomes of one is up to the test. */
public final class StandInQueues extends DeliveryQueues {

    /** Makes what is handed in, as {@link #runHere} does. */
    @FunctionalInterface
    public interface Maker {
        boolean make(InFlightDelivery delivery, BooleanSupplier wanted) throws InterruptedException;
    }

    private final DeliveryLog deliveries;

    /** The events of all that was handed in, in order. */
    public final List<Long> handedIn = new CopyOnWriteArrayList<>();

    /** Events of what was given back. */
    public final List<Long> givenBack = new CopyOnWriteArrayList<>();

    public volatile boolean ready = true;
    public volatile boolean recalls = true;
    public volatile Maker maker = (delivery, _) -> succeed(delivery);
    public Map<String, Integer> busiest = Map.of();
    public volatile int inFlight;
    public volatile int resting;

    public StandInQueues(DeliveryLog deliveries) {
        super(
                null,
                null,
                null,
                null,
                new SettableClock("2026-03-01T12:00:00Z"),
                new DefaultCamelContext(),
                null,
                null,
                null,
                null,
                null);
        this.deliveries = deliveries;
    }

    /** It succeeds, and that is written down. */
    public boolean succeed(InFlightDelivery delivery) {
        delivery.close(hadRow -> {
            var end = delivery.progress().ended(Status.SUCCEEDED, Instant.EPOCH);
            deliveries.settle(List.of(delivery.update(end, null, Effect.NONE).withRow(hadRow)));
            delivery.written(CompletableFuture.completedFuture(null));
        });
        return true;
    }

    /** It is made, but the gateway ends before that is written down. */
    public boolean succeedUnwritten(InFlightDelivery delivery) {
        delivery.close(_ -> {
            var never = new CompletableFuture<Void>();
            never.cancel(false);
            delivery.written(never);
        });
        return true;
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public boolean runHere(InFlightDelivery delivery, BooleanSupplier wanted) throws InterruptedException {
        handedIn.add(delivery.key().seq());
        return maker.make(delivery, wanted);
    }

    @Override
    public void giveBack(InFlightDelivery delivery) {
        givenBack.add(delivery.key().seq());
    }

    @Override
    public boolean recall(DeliveryKey key) {
        return recalls;
    }

    @Override
    public Map<String, Integer> busiest(int most) {
        return busiest;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public int resting() {
        return resting;
    }
}
