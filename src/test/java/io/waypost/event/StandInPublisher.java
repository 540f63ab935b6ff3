package io.waypost.event;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.waypost.platform.Invalid;
import java.time.Clock;
import java.util.List;

/** Stores in a log what it is given, without the thread that gathers it. */
public final class StandInPublisher extends EventPublisher {

    private final EventLog log;
    private final Clock clock;

    /** Whether what is published breaks its schema. */
    public boolean refuses;

    public StandInPublisher(EventLog log, Clock clock) {
        super(null, null, new SimpleMeterRegistry());
        this.log = log;
        this.clock = clock;
    }

    @Override
    public List<Receipt> publish(List<NewEvent> events) {
        if (refuses) {
            throw new Invalid("/0/data/email", "is missing");
        }
        return log.append(List.of(events), clock.instant()).getFirst();
    }
}
