package io.waypost.connector.pool;

import io.waypost.connector.ConnectorExchange;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.connection.Authorizer;
import org.apache.camel.Processor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The one step in the Kamelet of a connector with a client of its own. */
@Configuration(proxyBeanMethods = false)
class ClientStep {

    static final String NAME = "connector-client";

    @Bean(NAME)
    Processor clientStep(Authorizer authorizer) {
        return exchange -> ConnectorExchange.outcome(
                exchange,
                send(
                        ConnectorExchange.dialect(exchange, ClientDialect.class),
                        ConnectorExchange.message(exchange),
                        authorizer));
    }

    private static Outcome send(ClientDialect dialect, Message message, Authorizer authorizer) {
        try {
            var found = authorizer.found(message);
            var credential = found.credential();
            return dialect.send(credential == null ? found : found.with(dialect.supplied(found.config(), credential)));
        } catch (ExpressionFailed e) {
            return new Failed(Failure.TRANSFORM_FAILED, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return new Failed(Failure.CONNECTOR_FAILED, String.valueOf(e.getMessage()));
        }
    }
}
