package io.waypost.delivery.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

class TryAgainSoonTest {

    private final TryAgainSoon.Thrown thrown = new TryAgainSoon.Thrown();
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());

    @Test
    void onlyTheVerdictAgainWithinSecondsIsRedelivered() {
        assertThat(thrown.matches(exchange)).as("nothing was thrown").isFalse();

        exchange.setException(new TryAgainSoon());
        assertThat(thrown.matches(exchange)).isTrue();

        exchange.setException(new IllegalStateException("a bug"));
        assertThat(thrown.matches(exchange)).isFalse();
    }

    @Test
    void whatCamelHasCaughtIsTheSameAsWhatIsThrown() {
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, new TryAgainSoon());
        assertThat(thrown.matches(exchange)).isTrue();

        exchange.setException(new IllegalStateException("a bug"));
        assertThat(thrown.matches(exchange)).as("the latest counts").isFalse();
    }

    @Test
    void itCostsNoStackTrace() {
        assertThat(new TryAgainSoon()).hasMessage("the next attempt is due within seconds");
        assertThat(new TryAgainSoon().getStackTrace()).isEmpty();
    }
}
