package io.waypost.delivery.limit;

import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.connection.Credentials;
import io.waypost.platform.SettableClock;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.node.Nodes;
import io.waypost.subscription.SubscriptionIndex;
import java.time.Clock;
import java.time.Duration;

/** Limits for tests of other packages. */
public final class TestLimits {

    private TestLimits() {}

    /** On processors that have nothing else to do. */
    public static ConcurrencyLimit permits(Clock clock, WaypostProperties properties) {
        return new ConcurrencyLimit(new CpuLoad(() -> 0, clock), clock, properties);
    }

    /** On processors that are used up, where deliveries take so long. */
    public static ConcurrencyLimit withoutProcessors(
            SettableClock clock, WaypostProperties properties, Duration usual) {
        var cpu = new CpuLoad(() -> 1, clock);
        cpu.look();
        var limit = new ConcurrencyLimit(cpu, clock, properties);
        for (int i = 0; i < 60; i++) {
            limit.took(usual.toNanos());
            limit.giveBack(false, new ConcurrencyLimit.Load("a", 1));
            clock.advance(Duration.ofMillis(100));
            limit.look();
        }
        return limit;
    }

    public static Shares shares(
            SubscriptionIndex index, ConnectorCatalog connectors, Credentials credentials, Nodes nodes) {
        return new Shares(index, connectors, credentials, nodes);
    }
}
