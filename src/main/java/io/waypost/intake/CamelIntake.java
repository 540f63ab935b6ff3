package io.waypost.intake;

import io.waypost.event.NewEvent;
import io.waypost.event.Receipt;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
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
        var exchange = camel.getCamelContextExtension().getExchangeFactory().create(camel, false);
        exchange.getMessage().setBody(events);
        var done = producer.send("direct:publish", exchange);
        return switch (done.getException()) {
            case null -> done.getMessage().getBody(List.class);
            case RuntimeException e -> throw e;
            case Exception e -> throw new IllegalStateException("the publish route failed", e);
        };
    }
}
