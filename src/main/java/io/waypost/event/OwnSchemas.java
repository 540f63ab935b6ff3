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
 * The schemas tenants gave for their types, ready to be used: asked for each event that is published, so answered from
 * memory. What is known is compared with the store in the background, and stays what it was while the store does not answer.
 */
final class OwnSchemas {

    /** How long who publishes for a tenant of which nothing is known here waits for the store. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final int KEPT_MEBIBYTES = 64;

    /** Tenants whose versions are asked for at once. */
    private static final int AT_ONCE = 1_000;

    /** A schema ready to be used takes some thirty times the memory of its text. */
    private static final int BYTES_A_CHARACTER = 30;

    private final EventTypeStore store;
    private final Lookups<Wanted, Loaded> lookups = new Lookups<>(PATIENCE);
    private final Cache<String, Loaded> byTenant = Caches.ofMebibytes(KEPT_MEBIBYTES, (_, loaded) -> loaded.bytes());

    /** Changes made on this node: what was read before the latest of them may be older than it. */
    private final AtomicLong changes = new AtomicLong();

    /** @param used when anybody asked for it last */
    private record Loaded(String version, Map<String, EventSchema> schemas, int bytes, Use used) {}

    /** Looks that have gone by since the last use; what nobody uses is not followed for ever. */
    private static final class Use {
        private final AtomicInteger looks = new AtomicInteger();
    }

    /** @param change of this node, behind which the answer must not be */
    private record Wanted(String tenant, long change) {}

    OwnSchemas(EventTypeStore store) {
        this.store = store;
    }

    /**
     * By type; types without a schema are left out. At once, but for a tenant of which nothing is known here.
     *
     * @throws org.springframework.dao.DataAccessException if nothing is known and the store does not say in time
     */
    Map<String, EventSchema> of(String tenant) {
        var known = byTenant.getIfPresent(tenant);
        if (known == null) {
            var change = changes.get();
            known = lookups.ask(new Wanted(tenant, change), () -> keep(tenant, read(tenant), change));
        }
        if (known.used().looks.get() != 0) {
            known.used().looks.set(0);
        }
        return known.schemas();
    }

    /** To be called after a change has been stored, so that this node sees it at once. */
    void forget(String tenant) {
        changes.incrementAndGet();
        byTenant.invalidate(tenant);
    }

    /**
     * Reads what others have changed. A tenant for which nobody publishes for so many looks is forgotten.
     *
     * @param looks at least 1
     */
    void follow(int looks) {
        var known = byTenant.asMap();
        known.values().removeIf(loaded -> loaded.used().looks.incrementAndGet() > looks);
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

    /** Unless a change of this node has come in between. */
    private Loaded keep(String tenant, Loaded loaded, long change) {
        byTenant.asMap().compute(tenant, (_, old) -> changes.get() == change ? loaded : old);
        return loaded;
    }

    private Loaded read(String tenant) {
        // Read before the list, so that a change between the two is noticed the next time.
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
