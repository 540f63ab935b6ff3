package io.waypost.platform;

import java.util.Optional;

/** Keeps one known text, sealed, so that a node with the wrong key notices at start and not when a secret is due. */
public interface KeyCheckStore {

    Optional<String> find();

    /** Stores the first one; does nothing if there is one already. */
    void create(String sealed);

    void replace(String sealed);
}
