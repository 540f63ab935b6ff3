package io.waypost.connector;

import java.util.Map;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * What a Camel exchange carries on its way through a connector's Kamelet. Properties, not headers: headers may leave for the
 * other side.
 */
public final class ConnectorExchange {

    private static final String MESSAGE = "waypostMessage";
    private static final String DIALECT = "waypostDialect";
    private static final String OUTCOME = "waypostOutcome";
    private static final String SENT = "waypostSent";

    private ConnectorExchange() {}

    public static void put(Exchange exchange, Message message, @Nullable Dialect dialect) {
        exchange.setProperty(MESSAGE, message);
        exchange.setProperty(DIALECT, dialect);
    }

    public static Message message(Exchange exchange) {
        return Objects.requireNonNull(exchange.getProperty(MESSAGE, Message.class), "the exchange carries no message");
    }

    /** @throws NullPointerException if the connector has none of this kind */
    public static <T extends Dialect> T dialect(Exchange exchange, Class<T> kind) {
        return Objects.requireNonNull(
                exchange.getProperty(DIALECT, kind), "the connector has no " + kind.getSimpleName());
    }

    /** The headers that were sent last, for what must not be told of them; empty if there were none. */
    @SuppressWarnings("unchecked")
    public static Map<String, String> sent(Exchange exchange) {
        return Objects.requireNonNullElse(exchange.getProperty(SENT, Map.class), Map.of());
    }

    public static void sent(Exchange exchange, Map<String, String> headers) {
        exchange.setProperty(SENT, headers);
    }

    public static @Nullable Outcome outcome(Exchange exchange) {
        return exchange.getProperty(OUTCOME, Outcome.class);
    }

    public static void outcome(Exchange exchange, Outcome outcome) {
        exchange.setProperty(OUTCOME, outcome);
    }
}
