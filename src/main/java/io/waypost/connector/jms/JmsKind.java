package io.waypost.connector.jms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Destinations;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Kind;
import io.waypost.connector.pool.Shape.Input;
import io.waypost.connector.webhook.Format;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import jakarta.jms.JMSException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends each event as a message to a queue or a topic. */
final class JmsKind implements Kind<Broker, JmsClient, Note> {

    private static final Pattern PROPERTY = Pattern.compile("(?!JMS|_)[A-Za-z][A-Za-z0-9_]{0,99}");

    private final Protocol protocol;
    private final Hosts hosts;
    private final Destinations destinations;

    JmsKind(Protocol protocol, Hosts hosts, Destinations destinations) {
        this.protocol = protocol;
        this.hosts = hosts;
        this.destinations = destinations;
    }

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new Violations();
        var problem = problem(config);
        if (problem != null) {
            found.add(new Violation("/url", problem));
        }
        if (config.hasNonNull("queue") == config.hasNonNull("topic")) {
            found.add(
                    config.hasNonNull("queue")
                            ? new Violation("/topic", "must not be there beside a queue")
                            : new Violation("/queue", "is required, or else topic"));
        }
        config.path("properties").fieldNames().forEachRemaining(name -> {
            if (!PROPERTY.matcher(name).matches()) {
                found.add(new Violation(
                        "/properties/" + name.replace("~", "~0").replace("/", "~1"),
                        "must be named with letters, digits and _, and not begin with JMS"));
            }
        });
        return found;
    }

    @Override
    public Set<String> places() {
        return Set.of("url");
    }

    @Override
    public Broker destination(ObjectNode config, Duration limit) {
        return Broker.of(config, protocol);
    }

    @Override
    public JmsClient open(Broker broker) throws Exception {
        destinations.require(broker.host(), broker.port());
        return JmsClient.connect(protocol, broker, hosts);
    }

    @Override
    public Note prepare(Input input, Message message) {
        var body = input.config().path("format").asText().equals("cloudevents")
                ? Format.CLOUDEVENTS.write(message)
                : input.required("body");
        var properties = new LinkedHashMap<String, Object>();
        input.values("properties").forEach((name, value) -> {
            if (!value.isMissingNode() && !value.isNull()) {
                properties.put(name, property(value));
            }
        });
        return new Note(body, message.id(), type(message), message.delivery(), properties);
    }

    @Override
    public Outcome send(JmsClient client, Note note, Message message) throws JMSException {
        client.send(note);
        return new Succeeded(null, null);
    }

    @Override
    public Outcome failure(Exception e) {
        return JmsFailures.of(e);
    }

    @Override
    public void prove(JmsClient client, ObjectNode config) {
        // Its producer has proved broker, certificate, log-in and that the queue or topic is there for it.
    }

    private @Nullable String problem(ObjectNode config) {
        try {
            var broker = Broker.of(config, protocol);
            var problem = hosts.problem(broker.host());
            return problem == null ? destinations.problem(broker.host(), broker.port()) : problem;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static String type(Message message) {
        return message.batch() == null ? message.event().type() : Message.Batch.TYPE;
    }

    private static Object property(JsonNode value) {
        return switch (value.getNodeType()) {
            case BOOLEAN -> value.booleanValue();
            case NUMBER ->
                value.isIntegralNumber() && value.canConvertToLong() ? (Object) value.longValue() : value.doubleValue();
            case STRING -> value.textValue();
            default -> Json.write(value);
        };
    }
}
