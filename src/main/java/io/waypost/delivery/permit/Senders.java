package io.waypost.delivery.permit;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.connection.Credentials;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import org.springframework.stereotype.Component;

/** What this node sends, how much of it at once, and how fast. */
@Component
public final class Senders {

    private final SubscriptionIndex index;
    private final ConnectorCatalog connectors;
    private final Credentials credentials;
    private final Shares shares;

    Senders(SubscriptionIndex index, ConnectorCatalog connectors, Credentials credentials, Shares shares) {
        this.index = index;
        this.credentials = credentials;
        this.connectors = connectors.inside();
        this.shares = shares;
    }

    /** Whether deliveries of the subscription are made on this node; if not they are left to the others. */
    public boolean sends(long subscription) {
        return index.current(subscription).map(this::share).stream().noneMatch(Share::isNone);
    }

    /** Whether this node has all it takes to send for the subscription; if not, another may, or this one once it has its key. */
    public boolean reads(Subscription subscription) {
        var connection = subscription.definition().connection();
        return subscription.readable()
                && (connection == null || !credentials.unreadable().contains(connection));
    }

    /** This node's part of what the subscription allows: its owner's limits, or its connector's rate if its owner sets none. */
    public Share share(Subscription subscription) {
        var definition = subscription.definition();
        var connector = connectors.find(definition.connector());
        var own = definition.rateLimit();
        var perSecond = own != null
                ? Double.valueOf(own.perSecond())
                : connector.map(c -> c.description().perSecond()).orElse(null);
        if (!reads(subscription)) {
            return new Share(0, perSecond);
        }
        if (connector.isEmpty() || connector.get().isEverywhere()) {
            return shares.of(subscription.no(), definition.concurrency(), perSecond);
        }
        return connector.get().isHere(definition.config())
                ? shares.ofSome(subscription.no(), definition.concurrency(), perSecond)
                : new Share(0, perSecond);
    }
}
