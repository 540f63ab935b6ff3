package io.waypost.event;

import java.util.List;
import java.util.Optional;

/** Where tenants' own event types are kept. */
public interface EventTypeStore {

    List<EventType> list(String tenant);

    Optional<EventType> find(String tenant, String name);

    /** Creates or replaces. */
    void put(EventType type);

    /** @return whether there was one */
    boolean delete(String tenant, String name);

    /** Changes whenever one of the tenant's types is put or deleted, on whichever node; much cheaper than the list. */
    String version(String tenant);
}
