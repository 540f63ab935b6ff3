package io.waypost.connector.connection;

import io.waypost.connector.Credential;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** All connections in memory. Follows the store by revision; what this node changes is here at once. */
@Component
final class ConnectionIndex implements Credentials {

    private static final int PAGE = 1_000;

    private final ConnectionStore store;
    private final Map<String, Known> all = new ConcurrentHashMap<>();
    private long revision;

    /** A connection, with its credential made once. */
    private record Known(Connection connection, Credential credential) {}

    ConnectionIndex(ConnectionStore store) {
        this.store = store;
    }

    @Override
    public Optional<Credential> find(String tenant, String connection) {
        var known = all.get(connection);
        if (known == null) {
            // Another node may have made it a moment ago.
            store.find(connection).ifPresent(this::put);
            known = all.get(connection);
        }
        return known == null || !known.connection.tenant().equals(tenant)
                ? Optional.empty()
                : Optional.of(known.credential);
    }

    void put(Connection connection) {
        all.merge(
                connection.id(),
                new Known(connection, connection.credential()),
                (old, other) -> other.connection.revision() > old.connection.revision() ? other : old);
    }

    void remove(String id) {
        all.remove(id);
    }

    /** Reads what other nodes changed. */
    @Scheduled(fixedDelayString = "${waypost.follow:500ms}")
    synchronized void refresh() {
        int read;
        do {
            var changes = store.changesAfter(revision, PAGE);
            for (var change : changes) {
                if (change.connection() == null) {
                    remove(change.id());
                } else {
                    put(change.connection());
                }
                revision = change.revision();
            }
            read = changes.size();
        } while (read == PAGE);
    }
}
