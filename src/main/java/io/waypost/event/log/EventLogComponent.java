package io.waypost.event.log;

import io.waypost.event.Appends;
import io.waypost.event.EventLog;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.storage.StorageWatch;
import java.time.Clock;
import java.util.Map;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultEndpoint;
import org.springframework.stereotype.Component;

/**
 * Lets a route start from the event log: {@code from: eventlog:dispatch} gets each segment of the log as a
 * {@link io.waypost.event.LogSegment}.
 */
@Component("eventlog")
class EventLogComponent extends DefaultComponent {

    private final EventLog eventLog;
    private final Appends appends;
    private final OpenSegments open;
    private final StorageWatch storage;
    private final Clock clock;
    private final WaypostProperties properties;

    EventLogComponent(
            EventLog eventLog,
            Appends appends,
            OpenSegments open,
            StorageWatch storage,
            Clock clock,
            WaypostProperties properties) {
        this.eventLog = eventLog;
        this.appends = appends;
        this.open = open;
        this.storage = storage;
        this.clock = clock;
        this.properties = properties;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        return new LogEndpoint(uri);
    }

    private final class LogEndpoint extends DefaultEndpoint {

        LogEndpoint(String uri) {
            super(uri, EventLogComponent.this);
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            return new EventLogConsumer(this, processor, eventLog, appends, open, storage, clock, properties.log());
        }

        @Override
        public Producer createProducer() {
            throw new IllegalArgumentException("Events are published with direct:publish, not with " + this);
        }
    }
}
