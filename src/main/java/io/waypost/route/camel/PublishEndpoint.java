package io.waypost.route.camel;

import org.apache.camel.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;

/** Publishes the body: an event, or an array of events, as a map, a list or JSON text. Leaves the body as it is. */
final class PublishEndpoint extends DefaultEndpoint {

    private final FlowPublisher publisher;
    private final String tenant;

    /** @param tenant whose events they are that name no tenant; empty: of the one whose event the route began with */
    PublishEndpoint(String uri, WaypostComponent component, FlowPublisher publisher, String tenant) {
        super(uri, component);
        this.publisher = publisher;
        this.tenant = tenant;
    }

    @Override
    public Producer createProducer() {
        return new DefaultProducer(this) {
            @Override
            public void process(Exchange exchange) {
                publisher.publish(exchange, tenant);
            }
        };
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new IllegalArgumentException("waypost:publish is to send to");
    }
}
