package io.waypost.api;

import static io.waypost.api.FakeParts.NOON;

import io.waypost.event.EventType;
import io.waypost.event.EventTypeStore;
import io.waypost.tenancy.ApiKey;
import io.waypost.tenancy.ApiKeyStore;
import io.waypost.tenancy.IdempotencyStore;
import io.waypost.tenancy.Tenant;
import io.waypost.tenancy.TenantStore;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the API stores by itself, in memory. */
final class FakeStores {

    private final Set<String> tenants;
    private final List<EventType> types = new CopyOnWriteArrayList<>();
    private final Map<String, ApiKey> keys = new ConcurrentHashMap<>();
    private final Map<String, IdempotencyStore.Entry> requests = new ConcurrentHashMap<>();

    /** @param tenants that there are; those made are added */
    FakeStores(Set<String> tenants) {
        this.tenants = tenants;
    }

    void clear() {
        requests.clear();
        types.clear();
    }

    TenantStore tenantStore() {
        return new TenantStore() {
            @Override
            public Optional<Tenant> create(String id, String name, Instant now) {
                return tenants.add(id) ? Optional.of(new Tenant(tenants.size(), id, name, now)) : Optional.empty();
            }

            @Override
            public boolean exists(String id) {
                return tenants.contains(id);
            }

            @Override
            public List<Tenant> list(long before, int limit) {
                var sorted = tenants.stream().sorted().toList();
                return Stream.iterate(sorted.size() - 1, i -> i >= 0, i -> i - 1)
                        .map(i -> new Tenant(i, sorted.get(i), null, NOON))
                        .filter(tenant -> tenant.no() < before)
                        .limit(limit)
                        .toList();
            }
        };
    }

    EventTypeStore typeStore() {
        return new EventTypeStore() {
            @Override
            public List<EventType> list(String tenant) {
                return types.stream().filter(t -> tenant.equals(t.tenant())).toList();
            }

            @Override
            public Optional<EventType> find(String tenant, String name) {
                return list(tenant).stream().filter(t -> t.name().equals(name)).findFirst();
            }

            @Override
            public Map<String, String> versions(Collection<String> tenants) {
                return tenants.stream()
                        .collect(Collectors.toMap(Function.identity(), _ -> Integer.toString(types.hashCode())));
            }

            @Override
            public void put(EventType type) {
                delete(String.valueOf(type.tenant()), type.name());
                types.add(type);
            }

            @Override
            public boolean delete(String tenant, String name) {
                return types.removeIf(t -> tenant.equals(t.tenant()) && t.name().equals(name));
            }
        };
    }

    ApiKeyStore keyStore() {
        return new ApiKeyStore() {
            @Override
            public void create(ApiKey key, String hash) {
                keys.put(hash, key);
            }

            @Override
            public Optional<ApiKey> findByHash(String hash) {
                return Optional.ofNullable(keys.get(hash));
            }

            @Override
            public Map<String, ApiKey> findByHashes(Collection<String> hashes) {
                var found = new HashMap<>(keys);
                found.keySet().retainAll(hashes);
                return found;
            }

            @Override
            public List<ApiKey> list(String tenant) {
                return keys.values().stream()
                        .filter(key -> key.tenant().equals(tenant))
                        .toList();
            }

            @Override
            public boolean delete(String tenant, String id) {
                return keys.values().removeIf(key -> key.id().equals(id));
            }
        };
    }

    IdempotencyStore idempotencyStore() {
        return new IdempotencyStore() {
            @Override
            public boolean insert(Entry entry) {
                return requests.putIfAbsent(entry.id(), entry) == null;
            }

            @Override
            public Optional<Entry> find(String id) {
                return Optional.ofNullable(requests.get(id));
            }

            @Override
            public boolean replace(long token, Entry entry) {
                return requests.computeIfPresent(entry.id(), (_, old) -> old.token() == token ? entry : old) == entry;
            }

            @Override
            public void delete(String id, long token) {
                requests.computeIfPresent(id, (_, old) -> old.token() == token ? null : old);
            }

            @Override
            public int trim(String tenant, long most) {
                return 0;
            }

            @Override
            public int purge(Instant before) {
                throw new UnsupportedOperationException();
            }
        };
    }
}
