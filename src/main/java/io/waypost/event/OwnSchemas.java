package io.waypost.event;

import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.event.schema.EventSchema;
import io.waypost.platform.Caches;
import io.waypost.platform.Json;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The schemas tenants gave for their types, ready to be used: asked for each event that is published, so kept in memory and
 * compared with the store at most once a second.
 */
final class OwnSchemas {

    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final int KEPT_MEBIBYTES = 64;

    /** A schema ready to be used takes some thirty times the memory of its text. */
    private static final int BYTES_A_CHARACTER = 30;

    private final EventTypeStore store;
    private final Clock clock;
    private final Cache<String, Loaded> byTenant = Caches.ofMebibytes(KEPT_MEBIBYTES, (_, loaded) -> loaded.bytes());

    private record Loaded(Instant until, String version, Map<String, EventSchema> schemas, int bytes) {}

    OwnSchemas(EventTypeStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** By type; types without a schema are left out. */
    Map<String, EventSchema> of(String tenant) {
        var now = clock.instant();
        var known = byTenant.getIfPresent(tenant);
        if (known != null && now.isBefore(known.until())) {
            return known.schemas();
        }
        // Within compute, so that of many publishers only one asks the store.
        return byTenant.asMap()
                .compute(tenant, (t, old) -> old != null && now.isBefore(old.until()) ? old : load(t, old, now))
                .schemas();
    }

    /** To be called after a change has been stored, so that this node sees it at once. */
    void forget(String tenant) {
        byTenant.invalidate(tenant);
    }

    private Loaded load(String tenant, @Nullable Loaded old, Instant now) {
        // Read before the list, so that a change between the two is noticed the next time.
        var version = store.version(tenant);
        if (old != null && old.version().equals(version)) {
            return new Loaded(now.plus(FRESH), version, old.schemas(), old.bytes());
        }
        var schemas = new HashMap<String, EventSchema>();
        var bytes = 500L;
        for (var type : store.list(tenant)) {
            var schema = type.schema();
            if (schema != null) {
                schemas.put(type.name(), EventSchema.of(schema));
                bytes += 500L + (long) BYTES_A_CHARACTER * Json.write(schema).length();
            }
        }
        return new Loaded(now.plus(FRESH), version, schemas, (int) Math.min(bytes, Integer.MAX_VALUE));
    }
}
