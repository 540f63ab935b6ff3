package io.waypost.route.camel;

import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.route.delivery.Flow;
import io.waypost.route.delivery.Outcomes;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.DefaultConsumer;

/** Takes the deliveries of the route's subscription: one run of the route is one attempt. */
final class EventsConsumer extends DefaultConsumer implements Flow {

    private final WaypostComponent waypost;
    private final FlowWish wish;

    EventsConsumer(EventsEndpoint endpoint, Processor processor, WaypostComponent waypost, FlowWish wish) {
        super(endpoint, processor);
        this.waypost = waypost;
        this.wish = wish;
    }

    @Override
    public Outcome take(Message message) {
        var exchange = createExchange(false);
        try {
            FlowBody.begin(exchange, message);
            return run(exchange);
        } finally {
            releaseExchange(exchange, false);
        }
    }

    private Outcome run(Exchange exchange) {
        try {
            getProcessor().process(exchange);
        } catch (Exception e) {
            exchange.setException(e);
        }
        var problem = exchange.getException();
        if (problem != null) {
            return Outcomes.of(problem);
        }
        return exchange.isRollbackOnly()
                ? new Failed(Failure.CONNECTOR_FAILED, "the route rolled back")
                : new Succeeded(null, null);
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        if (!waypost.trial()) {
            // First to be found, then subscribed: the subscription may send what it has kept at once.
            waypost.running().started(routeId(), this);
            try {
                waypost.subscriptions().started(routeId(), wish.tenant(), wish.fields());
            } catch (RuntimeException e) {
                waypost.running().stopped(routeId(), this);
                throw e;
            }
        }
    }

    @Override
    protected void doStop() throws Exception {
        if (!waypost.trial()) {
            waypost.running().stopped(routeId(), this);
        }
        super.doStop();
    }

    private String routeId() {
        return getRoute().getRouteId();
    }
}
