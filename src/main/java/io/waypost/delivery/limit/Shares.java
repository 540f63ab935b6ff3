package io.waypost.delivery.limit;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.connection.Credentials;
import io.waypost.platform.node.Nodes;
import io.waypost.subscription.Subscription;
import io.waypost.subscription.SubscriptionIndex;
import org.springframework.stereotype.Component;

/** This node's shares of what subscriptions allow all nodes together: how many deliveries at once, and how many a second. */
@Component
public final class Shares {

    private final SubscriptionIndex index;
    private final ConnectorCatalog connectors;
    private final Credentials credentials;
    private final Nodes nodes;

    Shares(SubscriptionIndex index, ConnectorCatalog connectors, Credentials credentials, Nodes nodes) {
        this.index = index;
        this.connectors = connectors.inside();
        this.credentials = credentials;
        this.nodes = nodes;
    }

    /** Whether deliveries of the subscription are made on this node; if not, other nodes make them. */
    public boolean sends(long subscription) {
        return index.current(subscription).map(this::of).stream().noneMatch(Share::isNone);
    }

    /** Whether this node can read the secrets of the subscription. If not, another node may, or this one once it has the key. */
    public boolean reads(Subscription subscription) {
        var connection = subscription.definition().connection();
        return subscription.readable()
                && (connection == null || !credentials.unreadable().contains(connection));
    }

    /** This node's share of the subscription's own limits; of its connector's rate if it sets none. */
    public Share of(Subscription subscription) {
        var definition = subscription.definition();
        var connector = connectors.find(definition.connector());
        var own = definition.rateLimit();
        var perSecond = own != null
                ? Double.valueOf(own.perSecond())
                : connector.map(c -> c.description().perSecond()).orElse(null);
        var all = new Share(definition.concurrency(), perSecond);
        if (!reads(subscription)) {
            return all.none();
        }
        if (connector.isEmpty() || connector.get().isEverywhere()) {
            return all.ofNode(subscription.no(), nodes);
        }
        return connector.get().isHere(definition.config()) ? all.ofOneThatSends(subscription.no(), nodes) : all.none();
    }
}
