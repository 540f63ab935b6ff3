package io.waypost.connector.connection;

import io.waypost.connector.Credential;
import java.util.Optional;
import java.util.Set;

/** The credentials of all connections, in memory; what another node changes is here within a second. */
public interface Credentials {

    /**
     * @return empty if the tenant has no such connection
     * @throws io.waypost.platform.Refused (overloaded) if this node cannot read it
     */
    Optional<Credential> find(String tenant, String connection);

    /** The ids of connections that are there, but cannot be read by this node: nothing can be sent with them. */
    default Set<String> unreadable() {
        return Set.of();
    }
}
