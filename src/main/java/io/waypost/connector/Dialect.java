package io.waypost.connector;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Violation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a connector knows beyond its Kamelet: its own rules, and how to talk to the other side. */
public interface Dialect {

    /** What is wrong with a config that the schema cannot say, with pointers relative to the config. */
    List<Violation> violations(ObjectNode config);

    /**
     * The config with the fields in it that a connection's credential stands for. What it only makes needless, because it
     * is sent in another way, is {@link Masking#MASK}.
     *
     * @throws IllegalArgumentException if the connector cannot use the credential; the message says why
     */
    default ObjectNode supplied(ObjectNode config, Credential credential) {
        throw new IllegalArgumentException("takes no connection; give its credential fields in config");
    }

    /** @see Connector#places */
    Set<String> places();

    /** @see Connector#prepare */
    Connector.@Nullable PreparedRequest prepare(Message message);

    /** @see Connector#check */
    Connector.CheckResult check(ObjectNode config);

    /** What an error means that the Kamelet's route has ended with. */
    default Outcome failed(Message message, Exception error) {
        var text = error.getMessage();
        return new Outcome.Failed(Failure.CONNECTOR_FAILED, text == null ? error.toString() : text);
    }

    /** @see Connector#release */
    default void release(String tenant, ObjectNode config, Duration timeout) {}

    /** Finds the dialect of a connector, for the connectors it knows. */
    interface Source {

        /** @throws IllegalArgumentException if the description cannot be used; the message says why */
        Optional<Dialect> of(ConnectorDescription connector);
    }
}
