package io.waypost.route.resource;

import jakarta.jms.ConnectionFactory;
import java.util.Map;
import java.util.TreeMap;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.policy.JmsDefaultDeserializationPolicy;
import org.springframework.jms.connection.CachingConnectionFactory;
import org.springframework.stereotype.Component;

/** The brokers that flows may use with {@code jms:} and {@code amqp:}: those of the settings. Connected to at first use. */
@Component
public final class FlowBrokers implements AutoCloseable {

    private static final String EVERYTHING = "*";

    private final Map<String, CachingConnectionFactory> brokers = new TreeMap<>();

    FlowBrokers(FlowSettings settings) {
        settings.brokers().forEach((name, broker) -> brokers.put(name, new CachingConnectionFactory(client(broker))));
    }

    public Map<String, ? extends ConnectionFactory> all() {
        return brokers;
    }

    @Override
    public void close() {
        brokers.values().forEach(CachingConnectionFactory::destroy);
    }

    /** AMQP 1.0 by its scheme; anything else is Artemis' own protocol. Messages that are Java objects are not read. */
    private static ConnectionFactory client(FlowSettings.Broker broker) {
        if (broker.url().startsWith("amqp")) {
            var factory = new JmsConnectionFactory(broker.username(), broker.password(), broker.url());
            var nothing = new JmsDefaultDeserializationPolicy();
            nothing.setDenyList(EVERYTHING);
            factory.setDeserializationPolicy(nothing);
            return factory;
        }
        var factory = new ActiveMQConnectionFactory(broker.url(), broker.username(), broker.password());
        factory.setDeserializationDenyList(EVERYTHING);
        return factory;
    }
}
