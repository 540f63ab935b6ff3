package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.connection.Connection.Kind;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A store in memory that no subscription uses. */
public final class MemoryConnections implements ConnectionStore {

    private final Map<String, Connection> all = new ConcurrentHashMap<>();
    private final AtomicLong revisions = new AtomicLong();

    @Override
    public Connection create(String id, String tenant, String name, Kind kind, ObjectNode config, Instant now) {
        var no = revisions.incrementAndGet();
        var made = new Connection(no, id, no, tenant, name, kind, config, now, now);
        all.put(id, made);
        return made;
    }

    @Override
    public Optional<Connection> find(String id) {
        return Optional.ofNullable(all.get(id));
    }

    @Override
    public Optional<Connection> update(Connection seen, String name, ObjectNode config, Instant now) {
        var changed = new Connection(
                seen.no(),
                seen.id(),
                revisions.incrementAndGet(),
                seen.tenant(),
                name,
                seen.kind(),
                config,
                seen.createdAt(),
                now);
        return all.replace(seen.id(), seen, changed) ? Optional.of(changed) : Optional.empty();
    }

    @Override
    public int delete(String id, Instant now) {
        all.remove(id);
        return 0;
    }

    @Override
    public List<Connection> list(Query query) {
        return all.values().stream()
                .sorted(Comparator.comparing(Connection::no).reversed())
                .toList();
    }

    @Override
    public List<Change> changesAfter(long revision, int most) {
        return all.values().stream()
                .filter(connection -> connection.revision() > revision)
                .sorted(Comparator.comparing(Connection::revision))
                .limit(most)
                .map(connection -> new Change(connection.id(), connection.revision(), connection))
                .toList();
    }
}
