package io.waypost.api.hub;

import io.waypost.route.Routes;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/** Names the files of flows that cannot be used. The gateway is up all the same: one bad file stops nothing else. */
@Component("routesHealthIndicator")
class RouteHealth implements HealthIndicator {

    private final Routes routes;

    RouteHealth(Routes routes) {
        this.routes = routes;
    }

    @Override
    public Health health() {
        var health = Health.up();
        routes.mistakes().forEach((file, mistake) -> health.withDetail(file, mistake.toString()));
        return health.build();
    }
}
