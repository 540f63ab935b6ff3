package io.waypost.event;

import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.event.schema.EventSchema;
import io.waypost.platform.Caches;
import io.waypost.platform.Json;
import io.waypost.platform.Lookups;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The schemas of tenants' own types, compiled and in memory, because each published event is checked against them. They are
 * compared with the store in the background, and stay in use while the store does not answer.
 */
final class OwnSchemas {

    /** How long a publisher waits for the store if the tenant's schemas are not loaded. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final int KEPT_MEBIBYTES = 64;

    /** Versions of so many tenants are read in one query. */
    private static final int AT_ONCE = 1_000;

    /** A compiled schema takes some thirty times the memory of its text. */
    private static final int BYTES_A_CHARACTER = 30;

    private final EventTypeStore store;
    private final Lookups<Wanted, Loaded> lookups = new Lookups<>(PATIENCE);
    private final Cache<String, Loaded> byTenant = Caches.ofMebibytes(KEPT_MEBIBYTES, (_, loaded) -> loaded.bytes());

    /** Counts the changes made on this node: schemas read before the latest one may be out of date. */
    private final AtomicLong changes = new AtomicLong();

    /** @param used how long ago it was used */
    private record Loaded(String version, Map<String, EventSchema> schemas, int bytes, Use used) {}

    /** Counts the rounds of {@link #follow} since the last use, so that unused tenants are dropped. */
    private static final class Use {
        private final AtomicInteger rounds = new AtomicInteger();
    }

    /** @param change the number of the latest change of this node, which the answer has to include */
    private record Wanted(String tenant, long change) {}

    OwnSchemas(EventTypeStore store) {
        this.store = store;
    }

    /**
     * By type; types without a schema are left out. Waits for the store only if the tenant's schemas are not loaded.
     *
     * @throws org.springframework.dao.DataAccessException if they are not loaded and the store does not answer in time
     */
    Map<String, EventSchema> of(String tenant) {
        var known = byTenant.getIfPresent(tenant);
        if (known == null) {
            var change = changes.get();
            known = lookups.ask(new Wanted(tenant, change), () -> keep(tenant, read(tenant), change));
        }
        if (known.used().rounds.get() != 0) {
            known.used().rounds.set(0);
        }
        return known.schemas();
    }

    /** To be called after a change has been stored, so that this node uses it at once. */
    void forget(String tenant) {
        changes.incrementAndGet();
        byTenant.invalidate(tenant);
    }

    /**
     * Reads the changes of other nodes. A tenant that has not been used for so many rounds is dropped.
     *
     * @param rounds at least 1
     */
    void follow(int rounds) {
        var known = byTenant.asMap();
        known.values().removeIf(loaded -> loaded.used().rounds.incrementAndGet() > rounds);
        var tenants = List.copyOf(known.keySet());
        for (int from = 0; from < tenants.size(); from += AT_ONCE) {
            var some = tenants.subList(from, Math.min(tenants.size(), from + AT_ONCE));
            var versions = store.versions(some);
            for (var tenant : some) {
                var change = changes.get();
                var loaded = byTenant.policy().getIfPresentQuietly(tenant);
                if (loaded != null && !loaded.version().equals(versions.getOrDefault(tenant, EventTypeStore.NONE))) {
                    keep(tenant, read(tenant), change);
                }
            }
        }
    }

    /** Keeps the schemas in memory, unless a change on this node came in between. */
    private Loaded keep(String tenant, Loaded loaded, long change) {
        byTenant.asMap().compute(tenant, (_, old) -> changes.get() == change ? loaded : old);
        return loaded;
    }

    private Loaded read(String tenant) {
        // Read before the list, so that a change between the two reads is noticed in the next round.
        var version = store.versions(List.of(tenant)).getOrDefault(tenant, EventTypeStore.NONE);
        var schemas = new HashMap<String, EventSchema>();
        var bytes = 500L;
        for (var type : store.list(tenant)) {
            var schema = type.schema();
            if (schema != null) {
                schemas.put(type.name(), EventSchema.of(schema));
                bytes += 500L + (long) BYTES_A_CHARACTER * Json.write(schema).length();
            }
        }
        return new Loaded(version, schemas, (int) Math.min(bytes, Integer.MAX_VALUE), new Use());
    }
}
