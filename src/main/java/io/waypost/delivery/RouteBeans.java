package io.waypost.delivery;

import org.apache.camel.Exchange;
import org.apache.camel.Predicate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the {@code deliver} route refers to by name. */
@Configuration(proxyBeanMethods = false)
class RouteBeans {

    /** Only the verdict "again within seconds" is redelivered in place; an error of ours is not. */
    @Bean
    Predicate triesAgainSoon() {
        return new Predicate() {
            @Override
            public boolean matches(Exchange exchange) {
                var thrown = exchange.getException() != null
                        ? exchange.getException()
                        : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
                return thrown instanceof Courier.TryAgainSoon;
            }
        };
    }
}
