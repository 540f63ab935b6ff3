package io.waypost.connector.sql;

import io.waypost.connector.Dialect;
import io.waypost.connector.pool.Destinations;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Pool.Limits;
import io.waypost.connector.pool.Pools;
import io.waypost.platform.WaypostProperties;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connector named {@code sql} write into databases. */
@Configuration(proxyBeanMethods = false)
class SqlConfiguration {

    private static final Limits LIMITS = new Limits(200, 4, 1, Duration.ofSeconds(60));

    @Bean
    Dialect.Source sqlDialect(Pools pools, Hosts hosts, Destinations destinations, WaypostProperties settings) {
        return pools.source("sql", LIMITS, new SqlKind(hosts, destinations, settings.allowPrivateNetworks()));
    }
}
