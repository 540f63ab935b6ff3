package io.waypost.connector.http;

import io.waypost.connector.ConnectorExchange;
import io.waypost.connector.ExpressionFailed;
import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Postponed;
import io.waypost.connector.connection.Authorizer;
import io.waypost.connector.connection.Tokens.NoToken;
import io.waypost.connector.http.client.HttpAnswer;
import io.waypost.connector.http.client.HttpAnswer.Answered;
import io.waypost.connector.http.client.HttpCall;
import io.waypost.connector.http.client.HttpExchange;
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
    @SuppressWarnings("ReferenceEquality") // whether the authorizer has put anything into it
    public Processor request(Authorizer authorizer) {
        return exchange -> {
            var started = System.nanoTime();
            var dialect = ConnectorExchange.dialect(exchange, HttpDialect.class);
            var given = ConnectorExchange.message(exchange);
            try {
                var message = authorizer.found(given);
                var deadline = started + message.timeout().toNanos();
                var ready = authorizer.ready(message, dialect.grant(message), deadline);
                if (ready != given) {
                    ConnectorExchange.put(exchange, ready, dialect);
                }
                var request = dialect.request(ready);
                ConnectorExchange.sent(exchange, request.headers());
                new HttpCall(request, authorizer.tls(ready), ready.timeout(), started).putOn(exchange);
            } catch (ExpressionFailed e) {
                end(exchange, new Failed(Failure.TRANSFORM_FAILED, text(e)));
            } catch (NoToken e) {
                end(exchange, without(e));
            } catch (IllegalArgumentException e) {
                end(exchange, new Failed(Failure.CONNECTOR_FAILED, text(e)));
            }
        };
    }

    /** From the answer to the outcome. A token that is not taken any more is renewed, once, and the request sent again. */
    @Bean(VERDICT)
    public Processor verdict(Authorizer authorizer, HttpExchange http) {
        return exchange -> {
            var message = ConnectorExchange.message(exchange);
            var dialect = ConnectorExchange.dialect(exchange, HttpDialect.class);
            var call = HttpCall.of(exchange);
            var answer = call.answer();
            try {
                var renewed = isUnauthorized(answer) ? authorizer.renewed(message, call.deadline()) : null;
                if (renewed == null) {
                    ConnectorExchange.outcome(exchange, dialect.judge(message, answer));
                } else {
                    var again = dialect.request(renewed);
                    ConnectorExchange.put(exchange, renewed, dialect);
                    ConnectorExchange.sent(exchange, again.headers());
                    ConnectorExchange.outcome(exchange, dialect.judge(renewed, http.send(call.again(again))));
                }
            } catch (NoToken e) {
                ConnectorExchange.outcome(exchange, without(e));
            }
        };
    }

    private static boolean isUnauthorized(HttpAnswer answer) {
        return answer instanceof Answered answered && answered.status() == 401;
    }

    private static Outcome without(NoToken e) {
        return e.why() == NoToken.Why.POSTPONED
                ? new Postponed(text(e))
                : new Failed(Failure.CONNECTOR_FAILED, text(e));
    }

    private static void end(Exchange exchange, Outcome outcome) {
        ConnectorExchange.outcome(exchange, outcome);
        exchange.setRouteStop(true);
    }

    private static String text(RuntimeException e) {
        var message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
