package io.waypost.event;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.waypost.platform.Invalid;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.util.List;
import org.springframework.stereotype.Component;

/** Checks events against their tenant's own schemas and stores them. Called by the {@code publish} route. */
@Component("eventPublisher")
public class EventPublisher {

    private final EventTypes types;
    private final LogWriter writer;
    private final Counter stored;
    private final Counter duplicates;

    EventPublisher(EventTypes types, LogWriter writer, MeterRegistry registry) {
        this.types = types;
        this.writer = writer;
        this.stored = counter(registry, "stored");
        this.duplicates = counter(registry, "duplicate");
    }

    private static Counter counter(MeterRegistry registry, String result) {
        return Counter.builder("waypost.events")
                .description("Events that were published, by whether they were new")
                .tag("result", result)
                .register(registry);
    }

    /**
     * Stores all or none, and returns when they are on disk.
     *
     * @return receipts in the order given
     * @throws Invalid if an event breaks its type's schema; the pointers begin with the index of the event
     * @throws io.waypost.platform.Refused (overloaded) if they are not stored, because that is not possible now
     * @throws OutcomeUnknown if it is not known whether they are stored
     */
    public List<Receipt> publish(List<NewEvent> events) {
        var violations = new Violations();
        for (int i = 0; i < events.size(); i++) {
            var event = events.get(i);
            for (var violation : types.violations(event.tenant(), event.type(), event.data())) {
                violations.add(new Violation("/" + i + violation.pointer(), violation.detail()));
            }
        }
        Invalid.throwIfAny(violations);
        var receipts = writer.append(events);
        var repeated = (int) receipts.stream().filter(Receipt::duplicate).count();
        duplicates.increment(repeated);
        stored.increment(receipts.size() - repeated);
        return receipts;
    }
}
