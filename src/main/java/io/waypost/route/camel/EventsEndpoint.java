package io.waypost.route.camel;

import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultEndpoint;

/** Where a route starts from events. */
final class EventsEndpoint extends DefaultEndpoint {

    private final WaypostComponent waypost;
    private final FlowWish wish;

    EventsEndpoint(String uri, WaypostComponent waypost, FlowWish wish) {
        super(uri, waypost);
        this.waypost = waypost;
        this.wish = wish;
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        return new EventsConsumer(this, processor, waypost, wish);
    }

    @Override
    public Producer createProducer() {
        throw new IllegalArgumentException("of waypost only waypost:publish can be sent to");
    }
}
