package io.waypost.route.camel;

import io.waypost.route.delivery.FlowSubscriptions;
import io.waypost.route.delivery.RunningFlows;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/**
 * {@code from: waypost:TYPES?filter=…} subscribes a route to events, durably; {@code to: waypost:publish} publishes one.
 */
final class WaypostComponent extends DefaultComponent {

    private static final String PUBLISH = "publish";

    private final FlowSubscriptions subscriptions;
    private final RunningFlows running;
    private final FlowPublisher publisher;
    private final boolean trial;

    /** @param trial whether nothing of what starts here may have an effect */
    WaypostComponent(FlowSubscriptions subscriptions, RunningFlows running, FlowPublisher publisher, boolean trial) {
        this.subscriptions = subscriptions;
        this.running = running;
        this.publisher = publisher;
        this.trial = trial;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        if (remaining.equals(PUBLISH)) {
            return new PublishEndpoint(
                    uri, this, publisher, getAndRemoveParameter(parameters, "tenant", String.class, ""));
        }
        var wish = FlowWish.of(remaining, name -> getAndRemoveParameter(parameters, name, String.class));
        wish.refuse(subscriptions.violations(wish.tenant(), wish.fields()));
        publisher.requireTenant(wish.tenant());
        return new EventsEndpoint(uri, this, wish);
    }

    FlowSubscriptions subscriptions() {
        return subscriptions;
    }

    RunningFlows running() {
        return running;
    }

    boolean trial() {
        return trial;
    }
}
