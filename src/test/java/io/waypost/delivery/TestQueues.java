package io.waypost.delivery;

import io.waypost.platform.SettableClock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.impl.DefaultCamelContext;

/** Queues that keep what they are given. */
public final class TestQueues extends DeliveryQueues {

    /** What was taken, in order. */
    public final List<InFlightDelivery> taken = new CopyOnWriteArrayList<>();

    /** Subscriptions whose deliveries other nodes make. */
    public final Set<Long> ofOthers = ConcurrentHashMap.newKeySet();

    /** Subscriptions of which nothing more could begin now. */
    public final Set<Long> full = ConcurrentHashMap.newKeySet();

    /** How often somebody waited for room. */
    final AtomicInteger waits = new AtomicInteger();

    public volatile boolean ready = true;
    public volatile boolean crowded;

    /** Whether what is given finds a place. */
    public volatile boolean takes = true;

    public TestQueues() {
        super(
                new KnownSubscriptions(),
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
    }

    /** It has ended, and that is on disk. */
    public static void end(InFlightDelivery delivery) {
        delivery.close(_ -> {});
    }

    /** The sequence numbers of what the delivery carries. */
    public static List<Long> seqs(InFlightDelivery delivery) {
        return delivery.events().stream().map(event -> event.seq()).toList();
    }

    @Override
    public boolean take(InFlightDelivery delivery) {
        taken.add(delivery);
        return takes;
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public boolean sends(long subscription) {
        return !ofOthers.contains(subscription);
    }

    @Override
    public boolean hasPlace(long subscription) {
        return !full.contains(subscription);
    }

    @Override
    public boolean crowded() {
        return crowded;
    }

    @Override
    void awaitRoom() {
        waits.incrementAndGet();
    }
}
