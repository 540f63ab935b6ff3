package io.waypost.connector.connection;

import io.waypost.connector.Credential;
import java.util.Optional;

/** The credentials of all connections, in memory; what another node changes is here within a second. */
public interface Credentials {

    /** @return empty if the tenant has no such connection */
    Optional<Credential> find(String tenant, String connection);
}
