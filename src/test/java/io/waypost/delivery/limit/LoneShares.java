package io.waypost.delivery.limit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.platform.Violation;
import io.waypost.platform.node.TestNodes;
import io.waypost.subscription.SubscriptionIndex;
import java.util.List;
import java.util.Optional;

/** The shares of the only node there is: it sends for every subscription that it can read. */
public final class LoneShares {

    private LoneShares() {}

    public static Shares of(SubscriptionIndex index) {
        return new Shares(index, new NoConnectors(), (_, _) -> Optional.empty(), TestNodes.alone());
    }

    private record NoConnectors() implements ConnectorCatalog {

        @Override
        public List<ConnectorDescription> all() {
            return List.of();
        }

        @Override
        public Optional<Connector> find(String name) {
            return Optional.empty();
        }

        @Override
        public List<Violation> violations(String connector, ObjectNode config) {
            return List.of();
        }
    }
}
