package io.waypost.connector;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Violation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a connector knows beyond its Kamelet: its own rules, and how to talk to the other side. */
public interface Dialect {

    /** What is wrong with a config that the schema cannot say, with pointers relative to the config. */
    List<Violation> violations(ObjectNode config);

    /** @see Connector#prepare */
    Connector.@Nullable PreparedRequest prepare(Message message);

    /** @see Connector#check */
    Connector.CheckResult check(ObjectNode config);

    /** Finds the dialect of a connector, for the connectors it knows. */
    interface Source {

        /** @throws IllegalArgumentException if the description cannot be used; the message says why */
        Optional<Dialect> of(ConnectorDescription connector);
    }
}
