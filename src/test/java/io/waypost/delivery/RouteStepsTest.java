package io.waypost.delivery;

import static io.waypost.delivery.Fakes.NOON;
import static io.waypost.delivery.Fakes.event;
import static io.waypost.delivery.Fakes.fresh;
import static io.waypost.delivery.Fakes.wish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waypost.connector.Failure;
import io.waypost.connector.Outcome;
import io.waypost.delivery.Dispatcher.Fanout;
import io.waypost.delivery.log.Delivery.Status;
import io.waypost.delivery.policy.TryAgainSoon;
import io.waypost.event.LogSegment;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

/** What each step gets from the exchange, and what it leaves there. */
class RouteStepsTest {

    private final Fakes fakes = new Fakes();
    private final Courier courier = fakes.courier();
    private final RouteSteps steps = new RouteSteps();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final Exchange exchange = new DefaultExchange(camel);

    private InFlightDelivery delivery() {
        var delivery = fresh(1);
        exchange.setProperty(RouteSteps.DELIVERY, delivery);
        return delivery;
    }

    private Dispatcher dispatcher() {
        return new Dispatcher(
                null, fakes.index, null, fakes.queues(camel), null, fakes.recorder, fakes.clock, fakes.properties);
    }

    @Test
    void whatIsNotWantedOrNotTransformedNowEndsTheRoute() throws Exception {
        delivery();
        fakes.index.put(wish().transform("slow").made());
        steps.stillWanted(courier).process(exchange);
        assertThat(exchange.isRouteStop()).isFalse();
        steps.transform(courier).process(exchange);
        assertThat(exchange.isRouteStop()).isFalse();

        fakes.evaluations.behind(true);
        steps.transform(courier).process(exchange);
        assertThat(exchange.isRouteStop()).isTrue();

        exchange.setRouteStop(false);
        steps.stillWanted(courier).process(exchange);
        assertThat(exchange.isRouteStop()).as("it is closed").isTrue();
    }

    @Test
    void whatWasSentIsJudgedByWhatCameOfIt() throws Exception {
        var delivery = delivery();
        fakes.index.put(wish().made());
        steps.stillWanted(courier).process(exchange);

        steps.send(courier).process(exchange);
        assertThat(exchange.getMessage().getBody()).isEqualTo(new Outcome.Succeeded(200, "ok"));
        steps.judge(courier).process(exchange);

        assertThat(delivery.closed()).isTrue();
        assertThat(fakes.recorder.only().status()).isEqualTo(Status.SUCCEEDED);
        assertThat(exchange.getMessage().getHeader(Exchange.REDELIVERY_DELAY)).isNull();
    }

    @Test
    void aShortWaitIsToldToCamel() throws Exception {
        delivery();
        fakes.index.put(wish().made());
        fakes.receiver.answers = _ -> new Outcome.Failed(Failure.TIMEOUT, "no answer");
        steps.stillWanted(courier).process(exchange);
        steps.send(courier).process(exchange);

        assertThatThrownBy(() -> steps.judge(courier).process(exchange)).isInstanceOf(TryAgainSoon.class);

        assertThat(exchange.getMessage().getHeader(Exchange.REDELIVERY_DELAY)).isEqualTo(5_000L);
    }

    @Test
    void withoutADeliveryNothingIsDone() {
        assertThatThrownBy(() -> steps.send(courier).process(exchange)).hasMessage("no delivery is on its way");
    }

    @Test
    void aSegmentIsMatchedAndFannedOut() throws Exception {
        fakes.index.put(wish().inRuns().made());
        var segment = new LogSegment(1, 1, 1, List.of(event(1)), 0, false);
        exchange.getMessage().setBody(segment);

        steps.match(dispatcher()).process(exchange);
        var fanout = (Fanout) exchange.getMessage().getBody();
        assertThat(fanout.count()).isEqualTo(1);
        assertThat(fanout.segment()).isEqualTo(segment.key());
        assertThat(fakes.recorder.written).isEmpty();
        steps.fanOut(dispatcher()).process(exchange);

        assertThat(fakes.recorder.only().key().createdAt()).isEqualTo(NOON);
    }
}
