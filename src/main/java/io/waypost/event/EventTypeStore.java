package io.waypost.event;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where tenants' own event types are kept. */
public interface EventTypeStore {

    List<EventType> list(String tenant);

    Optional<EventType> find(String tenant, String name);

    /** Creates or replaces. */
    void put(EventType type);

    /** @return whether there was one */
    boolean delete(String tenant, String name);

    /** The version of a tenant that has no types. */
    String NONE = "0";

    /**
     * The version of each tenant's types: a text that changes whenever one of them is put or deleted, on any node. Much
     * cheaper to read than the lists. Tenants without types are left out, or have {@link #NONE}.
     *
     * @param tenants at most 1,000
     */
    Map<String, String> versions(Collection<String> tenants);
}
