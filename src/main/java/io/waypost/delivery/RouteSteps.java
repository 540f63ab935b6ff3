package io.waypost.delivery;

import io.waypost.connector.Outcome;
import io.waypost.delivery.Dispatcher.Fanout;
import io.waypost.delivery.policy.TryAgainSoon;
import io.waypost.event.LogSegment;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The steps of the routes {@code dispatch} and {@code attempt}, by the names they have there. Processors, because Camel would
 * look for the method of a bean, and for what its parameters are to be, at each step of each delivery.
 */
@Configuration(proxyBeanMethods = false)
class RouteSteps {

    /** The exchange property that holds the delivery. */
    static final String DELIVERY = "delivery";

    static final String MATCH = "dispatch-match";
    static final String FAN_OUT = "dispatch-fan-out";
    static final String STILL_WANTED = "delivery-still-wanted";
    static final String TRANSFORM = "delivery-transform";
    static final String SEND = "delivery-send";
    static final String JUDGE = "delivery-judge";

    @Bean(MATCH)
    Processor match(Dispatcher dispatcher) {
        return exchange -> {
            var message = exchange.getMessage();
            message.setBody(dispatcher.match((LogSegment) message.getBody()));
        };
    }

    @Bean(FAN_OUT)
    Processor fanOut(Dispatcher dispatcher) {
        return exchange -> dispatcher.fanOut((Fanout) exchange.getMessage().getBody());
    }

    @Bean(STILL_WANTED)
    Processor stillWanted(Courier courier) {
        return exchange -> endUnless(courier.stillWanted(delivery(exchange)), exchange);
    }

    @Bean(TRANSFORM)
    Processor transform(Courier courier) {
        return exchange -> endUnless(courier.transform(delivery(exchange)), exchange);
    }

    @Bean(SEND)
    Processor send(Courier courier) {
        return exchange -> exchange.getMessage().setBody(courier.send(delivery(exchange)));
    }

    @Bean(JUDGE)
    Processor judge(Courier courier) {
        return exchange -> {
            var wait = courier.judge(
                    delivery(exchange), (Outcome) exchange.getMessage().getBody());
            if (wait != null) {
                exchange.getMessage().setHeader(Exchange.REDELIVERY_DELAY, wait.toMillis());
                throw new TryAgainSoon();
            }
        };
    }

    private static InFlightDelivery delivery(Exchange exchange) {
        return (InFlightDelivery) Objects.requireNonNull(exchange.getProperty(DELIVERY), "no delivery is on its way");
    }

    private static void endUnless(boolean goesOn, Exchange exchange) {
        if (!goesOn) {
            exchange.setRouteStop(true);
        }
    }
}
