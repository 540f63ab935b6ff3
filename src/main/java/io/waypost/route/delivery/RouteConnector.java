package io.waypost.route.delivery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.pool.Attempts;
import io.waypost.platform.Json;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Hands events to the flows of this node: what makes a route a subscriber like any other. Owners cannot name it; its
 * subscriptions are made and changed by {@link FlowSubscriptions} alone.
 */
@Component
public final class RouteConnector implements Connector {

    static final String NAME = "route";

    /** The field of the config that names the route. */
    static final String ROUTE = "route";

    private static final ConnectorDescription DESCRIPTION = new ConnectorDescription(
            NAME,
            "Flow",
            "Sends events through a YAML route.",
            null,
            Json.object(),
            Set.of(),
            null,
            Json.object(),
            null);

    private final RunningFlows flows;
    private final Attempts attempts;

    RouteConnector(RunningFlows flows, Attempts attempts) {
        this.flows = flows;
        this.attempts = attempts;
    }

    @Override
    public ConnectorDescription description() {
        return DESCRIPTION;
    }

    @Override
    public Outcome send(Message message) {
        return attempts.within(message.timeout(), () -> take(message), Outcomes::of);
    }

    private Outcome take(Message message) throws InterruptedException {
        var route = message.config().path(ROUTE).asText();
        return flows.find(route, message.timeout())
                .map(flow -> flow.take(message))
                .orElseGet(() -> new Failed(
                        Failure.CONNECTOR_FAILED, "the route %s does not run on this node".formatted(route)));
    }

    @Override
    public @Nullable PreparedRequest prepare(Message message) {
        return null;
    }

    @Override
    public CheckResult check(ObjectNode config) {
        return new CheckResult(true, "GET /v1/routes tells whether the route runs.");
    }
}
