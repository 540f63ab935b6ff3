package io.waypost.connector.email;

import io.waypost.connector.Dialect;
import io.waypost.connector.Expressions;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Pool.Limits;
import io.waypost.connector.pool.Pools;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connector named {@code email} send mail. */
@Configuration(proxyBeanMethods = false)
class EmailConfiguration {

    /** Mail servers close what is idle for a few minutes, and dislike many connections of one sender. */
    private static final Limits LIMITS = new Limits(200, 4, 1, Duration.ofSeconds(30));

    @Bean
    Dialect.Source emailDialect(Pools pools, Hosts hosts, Expressions expressions) {
        return pools.source("email", LIMITS, new EmailKind(hosts, expressions));
    }
}
