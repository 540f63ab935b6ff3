package io.waypost.route.resource;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What flows can use of the outside, by names of the operator's.
 *
 * @param properties values that a flow writes as {@code {{name}}}
 * @param datasources databases for {@code sql:…?dataSource=#name}
 * @param brokers for {@code jms:} and {@code amqp:…?connectionFactory=#name}
 */
@ConfigurationProperties("waypost.flows")
public record FlowSettings(
        @DefaultValue Map<String, String> properties,
        @DefaultValue Map<String, Database> datasources,
        @DefaultValue Map<String, Broker> brokers) {

    /** @param pool connections at once */
    public record Database(
            String url,
            @Nullable String username,
            @Nullable String password,
            @DefaultValue("5") int pool) {}

    /** @param url {@code amqp://} or {@code amqps://} for AMQP 1.0, {@code tcp://} for Artemis */
    public record Broker(
            String url, @Nullable String username, @Nullable String password) {}
}
