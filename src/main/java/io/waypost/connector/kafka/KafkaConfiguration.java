package io.waypost.connector.kafka;

import io.waypost.connector.Dialect;
import io.waypost.connector.pool.Destinations;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Pool.Limits;
import io.waypost.connector.pool.Pools;
import io.waypost.platform.WaypostProperties;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the connector named {@code kafka} write into topics. */
@Configuration(proxyBeanMethods = false)
class KafkaConfiguration {

    /** A producer is for many threads, and has one of its own and up to 8 MiB of memory. */
    private static final Limits LIMITS = new Limits(50, 1, 64, Duration.ofMinutes(2));

    @Bean
    Dialect.Source kafkaDialect(Pools pools, Hosts hosts, Destinations destinations, WaypostProperties settings) {
        return pools.source("kafka", LIMITS, new KafkaKind(hosts, destinations, settings.allowPrivateNetworks()));
    }
}
