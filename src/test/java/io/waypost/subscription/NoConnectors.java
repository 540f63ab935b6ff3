package io.waypost.subscription;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.platform.Violation;
import java.util.List;
import java.util.Optional;

/** A catalogue for those who never deliver. */
record NoConnectors() implements ConnectorCatalog {

    @Override
    public List<ConnectorDescription> all() {
        return List.of();
    }

    @Override
    public Optional<Connector> find(String name) {
        return Optional.empty();
    }

    @Override
    public List<Violation> violations(String connector, ObjectNode config) {
        return List.of();
    }
}
