package io.waypost.delivery.policy;

import org.apache.camel.Exchange;
import org.apache.camel.Predicate;
import org.springframework.stereotype.Component;

/** Thrown for a short wait, which Camel's redelivery then makes in place. */
public final class TryAgainSoon extends RuntimeException {

    private static final long serialVersionUID = 1;

    public TryAgainSoon() {
        super("the next attempt is due within seconds", null, false, false);
    }

    /** Only the verdict "again within seconds" is redelivered in place; an error of ours is not. */
    @Component("triesAgainSoon")
    static final class Thrown implements Predicate {

        @Override
        public boolean matches(Exchange exchange) {
            var thrown = exchange.getException() != null
                    ? exchange.getException()
                    : exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
            return thrown instanceof TryAgainSoon;
        }
    }
}
