package io.waypost.intake;

import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.DefaultExchange;
import org.springframework.stereotype.Component;

/** Hands events to the {@code publish} route and its errors back as they were thrown. */
@Component
class CamelIntake implements Intake {

    private final CamelContext camel;
    private final ProducerTemplate producer;

    CamelIntake(CamelContext camel, ProducerTemplate producer) {
        this.camel = camel;
        this.producer = producer;
    }

    @Override
    @SuppressWarnings("unchecked")
    public List<Receipt> publish(List<NewEvent> events) {
        var exchange = new DefaultExchange(camel);
        exchange.getMessage().setBody(events);
        var done = producer.send("direct:publish", exchange);
        if (done.getException() instanceof RuntimeException e) {
            throw e;
        }
        if (done.getException() != null) {
            throw new IllegalStateException("the publish route failed", done.getException());
        }
        return done.getMessage().getBody(List.class);
    }
}
