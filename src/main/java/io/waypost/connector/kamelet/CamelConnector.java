package io.waypost.connector.kamelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Asker;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.ConnectorExchange;
import io.waypost.connector.Dialect;
import io.waypost.connector.Failure;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Failed;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.Secrets;
import io.waypost.platform.Json;
import io.waypost.platform.Texts;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Producer;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.model.ModelCamelContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connector that is a Kamelet: one route for all its subscriptions, which each attempt goes through once. The route gets an
 * exchange of its own for each attempt: what the steps of a Kamelet leave on an exchange (variables, a stop, an exception) must
 * not reach the route of the delivery or its next attempt.
 */
final class CamelConnector implements Connector {

    private static final Logger LOG = LoggerFactory.getLogger(CamelConnector.class);

    private final ConnectorDescription description;
    private final @Nullable Dialect dialect;
    private final CamelContext camel;
    private final String template;
    private final AtomicInteger sending = new AtomicInteger();
    private volatile @Nullable Open open;

    /** @param template what Camel calls the Kamelet */
    CamelConnector(ConnectorDescription description, @Nullable Dialect dialect, CamelContext camel, String template) {
        this.description = description;
        this.dialect = dialect;
        this.camel = camel;
        this.template = template;
    }

    @Override
    public ConnectorDescription description() {
        return description;
    }

    @Nullable
    Dialect dialect() {
        return dialect;
    }

    @Override
    public Outcome send(Message message) {
        var ready = open();
        var exchange = ready.endpoint.createExchange();
        ConnectorExchange.put(exchange, message, dialect);
        if (dialect == null) {
            offer(exchange, message);
        }
        sending.incrementAndGet();
        try {
            Asker.as(message.event().tenant(), () -> {
                ready.producer.process(exchange);
                return exchange;
            });
        } catch (Exception e) {
            exchange.setException(e);
        } finally {
            sending.decrementAndGet();
        }
        var outcome = outcome(exchange, dialect);
        return outcome.detail() == null && outcome.body() == null ? outcome : withoutSecrets(outcome, exchange);
    }

    private static Outcome outcome(Exchange exchange, @Nullable Dialect dialect) {
        var problem = exchange.getException();
        if (problem != null && dialect != null) {
            return dialect.failed(ConnectorExchange.message(exchange), problem);
        }
        if (problem != null) {
            var text = problem.getMessage();
            return new Failed(Failure.CONNECTOR_FAILED, text == null ? problem.toString() : text);
        }
        return Objects.requireNonNullElseGet(ConnectorExchange.outcome(exchange), () -> new Succeeded(null, null));
    }

    private Outcome withoutSecrets(Outcome outcome, Exchange exchange) {
        var message = ConnectorExchange.message(exchange);
        UnaryOperator<String> hide = text -> Secrets.mayBeIn(text)
                ? new Secrets(
                                description.secretFields(),
                                message.config(),
                                message.credential(),
                                ConnectorExchange.sent(exchange))
                        .hide(text)
                : text;
        return outcome.told(hide, hide);
    }

    @Override
    public Set<String> places() {
        return dialect == null ? Connector.super.places() : dialect.places();
    }

    @Override
    public @Nullable PreparedRequest prepare(Message message) {
        return dialect == null ? null : dialect.prepare(message);
    }

    @Override
    public CheckResult check(ObjectNode config) {
        if (dialect == null) {
            return new CheckResult(true, "The config is valid; this connector has no way to try it without sending.");
        }
        var result = dialect.check(config);
        var secrets = new Secrets(description.secretFields(), config, null, Map.of());
        return new CheckResult(result.ok(), Texts.visible(secrets.hide(result.detail())));
    }

    @Override
    public void release(String tenant, ObjectNode config, Duration timeout) {
        if (dialect != null) {
            dialect.release(tenant, config, timeout);
        }
    }

    /**
     * Makes the route, once.
     *
     * @throws IllegalStateException if Camel cannot; the message says why
     */
    Open open() {
        var ready = open;
        return ready == null ? openNow() : ready;
    }

    private synchronized Open openNow() {
        if (open != null) {
            return open;
        }
        try {
            var endpoint = camel.getEndpoint("kamelet:" + template + "?noErrorHandler=true");
            var producer = endpoint.createProducer();
            producer.start();
            open = new Open(endpoint, producer);
            return open;
        } catch (Exception e) {
            throw new IllegalStateException(
                    "the Kamelet %s does not start: %s".formatted(description.name(), root(e)), e);
        }
    }

    boolean isSending() {
        return sending.get() > 0;
    }

    /** Takes all that it has in Camel away again: the route, its endpoints, the template. */
    synchronized void close() {
        try {
            if (open != null) {
                open.producer.stop();
                if (open.endpoint instanceof KameletEndpoint kamelet) {
                    camel.getRouteController().stopRoute(kamelet.getRouteId());
                    camel.removeRoute(kamelet.getRouteId());
                }
                camel.removeEndpoint(open.endpoint);
                open = null;
            }
            ((ModelCamelContext) camel).removeRouteTemplates(template);
        } catch (Exception e) {
            LOG.warn("The Kamelet {} could not be taken away", template, e);
        }
    }

    /** For a Kamelet made of any Camel steps: the config as variables, the event as the body. */
    private static void offer(Exchange exchange, Message message) {
        message.config()
                .properties()
                .forEach(field -> exchange.setVariable(
                        field.getKey(),
                        field.getValue().isValueNode() ? field.getValue().asText() : Json.write(field.getValue())));
        var transformed = message.transformed();
        exchange.getMessage().setBody(Json.write(transformed == null ? message.input() : transformed));
    }

    private static @Nullable String root(Throwable e) {
        var cause = e.getCause();
        return cause == null ? e.getMessage() : root(cause);
    }

    record Open(Endpoint endpoint, Producer producer) {}
}
