package io.waypost.connector.http;

import io.waypost.connector.ConnectorExchange;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.http.client.HttpCall;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The two steps around the HTTP endpoint in the Kamelet of a connector that speaks HTTP. */
@Configuration(proxyBeanMethods = false)
public class HttpSteps {

    public static final String REQUEST = "connector-request";
    public static final String VERDICT = "connector-verdict";

    /** From the message to the call. What cannot be written as a request is the outcome already, and ends the route. */
    @Bean(REQUEST)
    public Processor request() {
        return exchange -> {
            var started = System.nanoTime();
            var message = ConnectorExchange.message(exchange);
            try {
                var request =
                        ConnectorExchange.dialect(exchange, HttpDialect.class).request(message);
                new HttpCall(request, message.timeout(), started).putOn(exchange);
            } catch (ExpressionFailed e) {
                end(exchange, new Failed(Failure.TRANSFORM_FAILED, text(e)));
            } catch (IllegalArgumentException e) {
                end(exchange, new Failed(Failure.CONNECTOR_FAILED, text(e)));
            }
        };
    }

    /** From the answer to the outcome. */
    @Bean(VERDICT)
    public Processor verdict() {
        return exchange -> {
            var message = ConnectorExchange.message(exchange);
            var answer = HttpCall.of(exchange).answer();
            ConnectorExchange.outcome(
                    exchange,
                    ConnectorExchange.dialect(exchange, HttpDialect.class).judge(message, answer));
        };
    }

    private static void end(Exchange exchange, Failed outcome) {
        ConnectorExchange.outcome(exchange, outcome);
        exchange.setRouteStop(true);
    }

    private static String text(RuntimeException e) {
        var message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
