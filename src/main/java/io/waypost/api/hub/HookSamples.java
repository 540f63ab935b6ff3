package io.waypost.api.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.waypost.connector.Connector.PreparedRequest;
import io.waypost.event.Event;
import io.waypost.event.EventLog;
import io.waypost.event.EventType;
import io.waypost.event.EventTypes;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.subscription.Subscriptions;
import io.waypost.subscription.TypePattern;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** What a hook would have received lately, or might. */
@Component
final class HookSamples {

    private static final int MOST = 3;

    /** A pattern is looked for among so many events, the newest. */
    private static final int LOOKED_AT = 250;

    private final EventLog log;
    private final EventTypes types;
    private final Subscriptions subscriptions;
    private final Clock clock;

    HookSamples(EventLog log, EventTypes types, Subscriptions subscriptions, Clock clock) {
        this.log = log;
        this.types = types;
        this.subscriptions = subscriptions;
        this.clock = clock;
    }

    /**
     * Bodies as a hook receives them, newest first: of the tenant's own events, else of the catalogue's examples; none if
     * nobody knows such an event.
     *
     * @param wanted a name or a pattern
     * @throws Invalid if it is neither
     */
    List<JsonNode> of(String tenant, String wanted, boolean flat) {
        var fault = TypePattern.fault(wanted);
        if (fault != null) {
            throw new Invalid("/event_type", fault);
        }
        var pattern = TypePattern.of(wanted);
        var order = Json.object().put("event", wanted);
        order.putObject("config").put("url", "https://example.com/hook").put("format", flat ? "flat" : "json");
        var real = real(tenant, pattern).toList();
        return (real.isEmpty() ? examples(tenant, pattern) : real.stream())
                .map(event -> subscriptions.preview(tenant, order, event).request())
                .filter(Objects::nonNull)
                .map(PreparedRequest::body)
                .map(Json::read)
                .toList();
    }

    private Stream<Event> real(String tenant, TypePattern pattern) {
        var name = pattern.toString();
        var type = name.contains("*") ? null : name;
        var query =
                new EventLog.Query(tenant, type, null, null, null, Long.MAX_VALUE, type == null ? LOOKED_AT : MOST * 2);
        return log.list(query).items().stream()
                .filter(event -> pattern.matches(event.type()) && !event.sentByTest())
                .limit(MOST);
    }

    private Stream<Event> examples(String tenant, TypePattern pattern) {
        return types.list(tenant).stream()
                .filter(type -> pattern.matches(type.name()) && type.example() != null)
                .limit(MOST)
                .map(type -> example(tenant, type));
    }

    private Event example(String tenant, EventType type) {
        var now = clock.instant();
        var data = Json.write(types.sample(tenant, type.name()));
        return new Event(0, now, tenant, type.name(), "/", null, null, now, false, null, data, false);
    }
}
