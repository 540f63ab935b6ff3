package io.waypost.connector;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Violation;
import java.util.List;
import java.util.Optional;

/** Which connectors there are, ready or broken. */
public interface ConnectorCatalog {

    /** All of them by name, the broken ones too. */
    List<ConnectorDescription> all();

    /** A connector that can be used; empty if the name is unknown or its file is broken. */
    Optional<Connector> find(String name);

    /**
     * What is wrong with a config: schema, and the connector's own rules (addresses, header names).
     *
     * @return violations with pointers relative to the config ({@code /url}); empty if it is fine
     */
    List<Violation> violations(String connector, ObjectNode config);

    /**
     * The config with what a connection's credential supplies, to be checked by {@link #violations}.
     *
     * @see Dialect#supplied
     * @throws IllegalArgumentException if the connector cannot use the credential; the message says why
     */
    default ObjectNode supplied(String connector, ObjectNode config, Credential credential) {
        throw new IllegalArgumentException("cannot be used with the connector " + connector);
    }

    /** The same with the connectors that belong to the gateway itself: owners can neither see nor name those. */
    default ConnectorCatalog inside() {
        return this;
    }
}
