package io.waypost.route.camel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Message;
import io.waypost.connector.Message.SuccessTest;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.route.delivery.NotSent;
import io.waypost.tenancy.Tenants;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;
import org.jspecify.annotations.Nullable;

/**
 * {@code to: kamelet:NAME?…} sends through a connector of the gateway, the parameters being its config. What is sent is the
 * event that the route began with; if the route has changed the body, with that as its data. Leaves the body as it is.
 */
final class ConnectorComponent extends DefaultComponent {

    private static final Duration USUAL_LIMIT = Duration.ofSeconds(30);

    private final ConnectorCatalog connectors;
    private final Clock clock;

    ConnectorComponent(ConnectorCatalog connectors, Clock clock) {
        this.connectors = connectors;
        this.clock = clock;
        setAutowiredEnabled(false);
    }

    /** Camel would take the one of its own component of this name. */
    @Override
    public @Nullable PropertyConfigurer getComponentPropertyConfigurer() {
        return null;
    }

    /** As above. */
    @Override
    public @Nullable PropertyConfigurer getEndpointPropertyConfigurer() {
        return null;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        var connector = connectors
                .find(remaining)
                .orElseThrow(() -> new IllegalArgumentException("there is no connector %s; there are %s"
                        .formatted(
                                remaining,
                                connectors.all().stream()
                                        .filter(ConnectorDescription::ready)
                                        .map(ConnectorDescription::name)
                                        .collect(Collectors.joining(", ")))));
        var config = config(connector.description(), parameters);
        var violations = connectors.violations(remaining, config);
        if (!violations.isEmpty()) {
            throw new IllegalArgumentException(violations.stream()
                    .map(violation -> violation.pointer().replaceFirst("^/", "") + " " + violation.detail())
                    .collect(Collectors.joining("; ")));
        }
        return new ConnectorEndpoint(uri, remaining, config);
    }

    /** The parameters as the connector's schema has them: texts stay texts, anything else is read as JSON. */
    private static ObjectNode config(ConnectorDescription connector, Map<String, Object> parameters) {
        var config = Json.object();
        var properties = connector.schema().path("properties");
        Map.copyOf(parameters).forEach((name, value) -> {
            var type = properties.path(name).path("type").asText("string");
            config.set(name, value(type, String.valueOf(value)));
            parameters.remove(name);
        });
        return config;
    }

    private static JsonNode value(String type, String text) {
        if (type.equals("string")) {
            return TextNode.valueOf(text);
        }
        try {
            return Json.read(text.getBytes(StandardCharsets.UTF_8));
        } catch (Refused _) {
            return TextNode.valueOf(text); // the schema then says what it must be
        }
    }

    private final class ConnectorEndpoint extends DefaultEndpoint {

        private final String connector;
        private final ObjectNode config;

        ConnectorEndpoint(String uri, String connector, ObjectNode config) {
            super(uri, ConnectorComponent.this);
            this.connector = connector;
            this.config = config;
        }

        @Override
        public Producer createProducer() {
            return new DefaultProducer(this) {
                @Override
                public void process(Exchange exchange) {
                    send(exchange);
                }
            };
        }

        @Override
        public Consumer createConsumer(Processor processor) {
            throw new IllegalArgumentException("connectors are to send to; a route starts from waypost:, or another");
        }

        private void send(Exchange exchange) {
            var found = connectors
                    .find(connector)
                    .orElseThrow(() -> new IllegalStateException("the connector " + connector + " is not available"));
            var outcome = found.send(message(exchange));
            if (!(outcome instanceof Succeeded)) {
                throw new NotSent(connector, outcome);
            }
        }

        private Message message(Exchange exchange) {
            var begun = FlowBody.message(exchange);
            return begun == null ? first(exchange) : following(begun, exchange);
        }

        /** Where the route began with no event, with a timer for instance: one that stands for it. */
        private Message first(Exchange exchange) {
            var now = clock.instant();
            var source = "/routes/" + exchange.getFromRouteId();
            var event = new Event(
                    0, now, Tenants.DEFAULT, "flow.ran", source, null, null, now, false, null, data(exchange), false);
            var id = Ids.next("dlv", now);
            return new Message(
                    connector,
                    config,
                    null,
                    List.of(),
                    event,
                    null,
                    id,
                    1,
                    false,
                    false,
                    now,
                    USUAL_LIMIT,
                    SuccessTest.ANY_2XX);
        }

        private Message following(Message begun, Exchange exchange) {
            var untouched = FlowBody.untouched(exchange);
            return new Message(
                    connector,
                    config,
                    null,
                    List.of(),
                    untouched ? begun.event() : changed(begun.event(), data(exchange)),
                    untouched ? begun.transformed() : null,
                    begun.delivery(),
                    begun.attempt(),
                    begun.replay(),
                    begun.test(),
                    clock.instant(),
                    begun.timeout(),
                    SuccessTest.ANY_2XX);
        }

        private static Event changed(Event e, String data) {
            return new Event(
                    e.seq(),
                    e.receivedAt(),
                    e.tenant(),
                    e.type(),
                    e.source(),
                    e.sourceId(),
                    e.subject(),
                    e.time(),
                    e.test(),
                    null,
                    data,
                    false);
        }

        private static String data(Exchange exchange) {
            return Json.write(FlowBody.json(exchange));
        }
    }
}
