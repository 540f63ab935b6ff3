package io.waypost.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.platform.Json;
import io.waypost.platform.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A connector that works and one whose file is broken. */
final class FakeCatalog implements ConnectorCatalog {

    @Override
    public List<ConnectorDescription> all() {
        return List.of(description("slack", "line 3: no"), description("http", null));
    }

    private static ConnectorDescription description(String name, String error) {
        return new ConnectorDescription(
                name, name, "d", null, Json.object().put("type", "object"), Set.of(), null, Json.object(), error);
    }

    @Override
    public Optional<Connector> find(String name) {
        return name.equals("http") ? Optional.of(new FakeConnector()) : Optional.empty();
    }

    @Override
    public List<Violation> violations(String connector, ObjectNode config) {
        return config.has("url") ? List.of() : new ArrayList<>(List.of(new Violation("/url", "is required")));
    }

    private static final class FakeConnector implements Connector {

        @Override
        public ConnectorDescription description() {
            return FakeCatalog.description("http", null);
        }

        @Override
        public Outcome send(Message message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PreparedRequest prepare(Message message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CheckResult check(ObjectNode config) {
            return new CheckResult(true, "answered 200");
        }
    }
}
