package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.connection.Connection.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where connections are kept, their config encrypted. One that cannot be read is given without it, and says so ({@link
 * Connection#unreadable}); that fails nothing else.
 */
public interface ConnectionStore {

    Connection create(String id, String tenant, String name, Kind kind, ObjectNode config, Instant now);

    Optional<Connection> find(String id);

    /**
     * Replaces name and config, if it still has the revision.
     *
     * @return empty if it was changed or deleted meanwhile
     * @throws io.waypost.platform.Refused (overloaded) if this node has not been able to read it
     */
    Optional<Connection> update(Connection seen, String name, ObjectNode config, Instant now);

    /**
     * Deletes it, unless subscriptions use it; none can begin to meanwhile.
     *
     * @return how many use it; 0 if it is gone
     */
    int delete(String id, Instant now);

    /** Newest first. */
    List<Connection> list(Query query);

    /**
     * What changed after the given revision, in order, at most {@code most}. A deleted one appears with a null connection.
     */
    List<Change> changesAfter(long revision, int most);

    /** @param connection null if it was deleted */
    record Change(String id, long revision, @Nullable Connection connection) {}

    /**
     * Filters combine.
     *
     * @param before only numbers below this
     */
    record Query(@Nullable String tenant, @Nullable Kind kind, long before, int limit) {}
}
