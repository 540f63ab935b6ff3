package io.waypost.api;

import io.waypost.connector.ConnectorCatalog;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** Names the connector files that cannot be used. The gateway is up all the same: one bad file stops nothing else. */
@Component("connectorsHealthIndicator")
class ConnectorHealth implements HealthIndicator {

    private final ConnectorCatalog catalog;

    ConnectorHealth(ConnectorCatalog catalog) {
        this.catalog = catalog;
    }

    @Override
    public Health health() {
        var health = Health.up();
        catalog.all().stream()
                .filter(connector -> !connector.ready())
                .forEach(connector -> health.withDetail(connector.name(), String.valueOf(connector.error())));
        return health.build();
    }
}
