package io.waypost.connector.connection;

import io.waypost.connector.Credential;
import io.waypost.platform.due.DueWatch;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** All connections in memory. Follows the store by revision; what this node changes is here at once. */
@Component
final class ConnectionIndex implements Credentials {

    private static final int PAGE = 1_000;
    private static final int MOST_AGAIN = 100;

    private final ConnectionStore store;
    private final DueWatch due;
    private final Map<String, Known> all = new ConcurrentHashMap<>();
    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();
    private long revision;
    private volatile long followed = -1;

    /**
     * A connection, with its credential made once.
     *
     * @param credential null if it cannot be read
     */
    private record Known(Connection connection, @Nullable Credential credential) {

        static Known of(Connection connection) {
            return new Known(connection, connection.readable() ? connection.credential() : null);
        }

        /** What is sealed again stays of its revision. */
        boolean isOlderThan(Known other) {
            return other.connection.revision() > connection.revision()
                    || (other.connection.revision() == connection.revision() && credential == null);
        }
    }

    ConnectionIndex(ConnectionStore store, DueWatch due) {
        this.store = store;
        this.due = due;
    }

    @Override
    public Optional<Credential> find(String tenant, String connection) {
        var known = all.get(connection);
        if (known == null) {
            // Another node may have made it a moment ago.
            store.find(connection).ifPresent(this::put);
            known = all.get(connection);
        }
        if (known == null || !known.connection.tenant().equals(tenant)) {
            return Optional.empty();
        }
        known.connection.requireReadable();
        return Optional.ofNullable(known.credential);
    }

    @Override
    public Set<String> unreadable() {
        return unreadable;
    }

    void put(Connection connection) {
        all.compute(connection.id(), (id, old) -> {
            var other = Known.of(connection);
            var current = old == null || old.isOlderThan(other) ? other : old;
            if (current.credential == null) {
                unreadable.add(id);
            } else {
                unreadable.remove(id);
            }
            return current;
        });
    }

    void remove(String id) {
        all.compute(id, (_, _) -> {
            unreadable.remove(id);
            return null;
        });
    }

    /** Another node may have sealed them with a key that this one has. */
    @Scheduled(fixedDelayString = "${waypost.secret.read-again:5s}")
    void readAgain() {
        unreadable.stream().limit(MOST_AGAIN).toList().forEach(id -> store.find(id)
                .ifPresent(this::put));
    }

    /** Reads what other nodes changed, if they may have changed anything. */
    @Scheduled(fixedDelayString = "${waypost.follow:500ms}")
    void follow() {
        var latest = due.last().revision();
        if (latest < 0 || latest != followed) {
            refresh();
            followed = latest;
        }
    }

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
