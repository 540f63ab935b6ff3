package io.waypost.connector.pool;

import io.waypost.connector.ConnectorExchange;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.connection.Authorizer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The one step in the Kamelet of a connector with a client of its own. */
@Configuration(proxyBeanMethods = false)
class ClientStep {

    static final String NAME = "connector-client";

    @Bean(NAME)
    Processor clientStep(Authorizer authorizer) {
        return exchange -> ConnectorExchange.outcome(exchange, send(exchange, authorizer));
    }

    private static Outcome send(Exchange exchange, Authorizer authorizer) {
        var dialect = ConnectorExchange.dialect(exchange, ClientDialect.class);
        try {
            var found = authorizer.found(ConnectorExchange.message(exchange));
            var credential = found.credential();
            ConnectorExchange.put(exchange, found, dialect);
            return dialect.send(credential == null ? found : found.with(dialect.supplied(found.config(), credential)));
        } catch (ExpressionFailed e) {
            return new Failed(Failure.TRANSFORM_FAILED, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return new Failed(Failure.CONNECTOR_FAILED, String.valueOf(e.getMessage()));
        }
    }
}
