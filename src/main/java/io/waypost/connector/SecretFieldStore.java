package io.waypost.connector;

import java.util.Set;

/** Where it is kept which config fields of the users' own connectors are secret, or were. */
public interface SecretFieldStore {

    /** Those of a connector, by its name. */
    Set<String> of(String connector);

    /** Adds what is not there yet. */
    void add(String connector, Set<String> fields);
}
