package io.waypost.connector.kamelet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.platform.Violation;
import java.util.List;
import java.util.Optional;

/** The catalogue as the gateway itself sees it: with connectors that owners cannot name. Those take any config. */
record InsideCatalog(ConnectorCatalog outside, List<Connector> internal) implements ConnectorCatalog {

    @Override
    public List<ConnectorDescription> all() {
        return outside.all();
    }

    @Override
    public Optional<Connector> find(String name) {
        return outside.find(name).or(() -> ofOurs(name));
    }

    @Override
    public List<Violation> violations(String connector, ObjectNode config) {
        return ofOurs(connector).isPresent() ? List.of() : outside.violations(connector, config);
    }

    private Optional<Connector> ofOurs(String name) {
        return internal.stream()
                .filter(connector -> connector.description().name().equals(name))
                .findFirst();
    }
}
