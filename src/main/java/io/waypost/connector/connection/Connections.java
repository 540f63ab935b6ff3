package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.platform.Violation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The service over all connections: checks what owners write, and keeps it. */
public interface Connections {

    /**
     * Creates one. Of OAuth 2 the token endpoint is asked: what it denies is not kept.
     *
     * @param tenant whose it will be (the caller has already settled a {@code tenant} field in the body against its key)
     * @throws io.waypost.platform.Invalid with everything that is wrong
     */
    Saved create(String tenant, JsonNode body);

    /** @throws io.waypost.platform.Refused (not found) */
    Connection get(String id);

    /**
     * Applies a JSON merge patch (RFC 7396); a secret that is masked stays what it was.
     *
     * @throws io.waypost.platform.Invalid if the result is
     * @throws io.waypost.platform.Refused (not found)
     */
    Saved patch(String id, JsonNode patch);

    /** @throws io.waypost.platform.Refused (conflict) if subscriptions use it; (not found) */
    void delete(String id);

    List<Connection> list(ConnectionStore.Query query);

    /**
     * Tries what can be tried without a receiver.
     *
     * @throws io.waypost.platform.Refused (not found)
     */
    CheckResult check(String id);

    /** All that {@link #create} would find wrong without asking anybody, for callers who have found something else. */
    List<Violation> violations(JsonNode body);

    /** What its owner wrote, secrets masked. */
    ObjectNode toJson(Connection connection);

    /** @param check what asking about it gave; null if there was nothing to ask, or nothing new */
    record Saved(Connection connection, @Nullable CheckResult check) {}
}
