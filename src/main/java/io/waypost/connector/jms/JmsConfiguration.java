package io.waypost.connector.jms;

import io.waypost.connector.Dialect;
import io.waypost.connector.pool.Destinations;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Pool.Limits;
import io.waypost.connector.pool.Pools;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connectors named {@code jms} and {@code amqp} send messages. */
@Configuration(proxyBeanMethods = false)
class JmsConfiguration {

    private static final Limits LIMITS = new Limits(100, 4, 1, Duration.ofSeconds(60));

    @Bean
    Dialect.Source jmsDialect(Pools pools, Hosts hosts, Destinations destinations) {
        return pools.source("jms", LIMITS, new JmsKind(Protocol.ARTEMIS, hosts, destinations));
    }

    @Bean
    Dialect.Source amqpDialect(Pools pools, Hosts hosts, Destinations destinations) {
        return pools.source("amqp", LIMITS, new JmsKind(Protocol.AMQP, hosts, destinations));
    }
}
