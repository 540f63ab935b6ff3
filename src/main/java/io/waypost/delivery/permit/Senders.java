package io.waypost.delivery.permit;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What this node can send with, and how fast. */
@Component
public final class Senders {

    private final SubscriptionIndex index;
    private final ConnectorCatalog connectors;

    Senders(SubscriptionIndex index, ConnectorCatalog connectors) {
        this.index = index;
        this.connectors = connectors.inside();
    }

    /** Whether deliveries of the subscription can be made on this node; if not they are left to the others. */
    public boolean canSend(long subscription) {
        return index.current(subscription).map(Subscription::definition).stream()
                .allMatch(d -> connectors.find(d.connector()).stream().allMatch(c -> c.isHere(d.config())));
    }

    /** The rate its owner or its connector sets; null if nobody does. */
    public @Nullable Double perSecond(Subscription.Definition definition) {
        if (definition.rateLimit() != null) {
            return definition.rateLimit().perSecond();
        }
        return connectors
                .find(definition.connector())
                .map(connector -> connector.description().perSecond())
                .orElse(null);
    }
}
