package io.waypost.delivery;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.delivery.log.Delivery.Attempt;
import io.waypost.delivery.log.DeliveryKey;
import io.waypost.event.Event;
import io.waypost.platform.SettableClock;
import io.waypost.platform.TestProperties;
import io.waypost.subscription.Subscription;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Takes down what it is to send once. */
public final class StandInCourier extends Courier {

    /** All that was sent once. */
    public final List<Event> sent = new ArrayList<>();

    public StandInCourier() {
        super(
                null,
                null,
                noConnectors(),
                null,
                null,
                null,
                null,
                null,
                null,
                new SettableClock("2026-03-01T12:00:00Z"),
                TestProperties.of(Map.of()),
                null);
    }

    private static ConnectorCatalog noConnectors() {
        return (ConnectorCatalog) Proxy.newProxyInstance(
                ConnectorCatalog.class.getClassLoader(), new Class<?>[] {ConnectorCatalog.class}, (self, _, _) -> self);
    }

    @Override
    public Attempt once(Event event, Subscription subscription) {
        sent.add(event);
        var key = new DeliveryKey(event.receivedAt(), event.seq(), subscription.no());
        return new Attempt(key, 1, event.receivedAt(), 5, 200, null, null, null);
    }
}
