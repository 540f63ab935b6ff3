package io.waypost.connector;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Secret fields in memory. */
final class MemorySecretFields implements SecretFieldStore {

    private final Map<String, Set<String>> fields = new ConcurrentHashMap<>();

    @Override
    public Set<String> of(String connector) {
        return Set.copyOf(fields.getOrDefault(connector, Set.of()));
    }

    @Override
    public void add(String connector, Set<String> more) {
        fields.computeIfAbsent(connector, _ -> new HashSet<>()).addAll(more);
    }
}
