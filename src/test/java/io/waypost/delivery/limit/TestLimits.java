package io.waypost.delivery.limit;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.connection.Credentials;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.node.Nodes;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;

/** Limits for tests of other packages. */
public final class TestLimits {

    private TestLimits() {}

    /** On processors that have nothing else to do. */
    public static ConcurrencyLimit permits(Clock clock, WaypostProperties properties) {
        return new ConcurrencyLimit(new CpuLoad(), clock, properties);
    }

    public static Shares shares(
            SubscriptionIndex index, ConnectorCatalog connectors, Credentials credentials, Nodes nodes) {
        return new Shares(index, connectors, credentials, nodes);
    }
}
