package io.waypost.route.delivery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Asker;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Throttled;
import io.waypost.connector.pool.Attempts;
import io.waypost.platform.Json;
import java.time.Duration;
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

    /** A delivery whose route goes away under its hands is no failure: another node may have it, or the buffer gets it. */
    private static final Duration ELSEWHERE = Duration.ofSeconds(1);

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
        return Asker.as(
                message.event().tenant(), () -> attempts.within(message.timeout(), () -> take(message), Outcomes::of));
    }

    private Outcome take(Message message) throws InterruptedException {
        var route = message.config().path(ROUTE).asText();
        return flows.find(route, message.timeout())
                .map(flow -> flow.take(message))
                .orElseGet(() -> new Throttled(
                        ELSEWHERE, "the route %s does not run on this node".formatted(route), null, null));
    }

    @Override
    public boolean isHere(ObjectNode config) {
        return flows.isHere(config.path(ROUTE).asText());
    }

    @Override
    public boolean isEverywhere() {
        return false;
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
