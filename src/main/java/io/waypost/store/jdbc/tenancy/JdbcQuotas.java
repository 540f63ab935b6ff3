package io.waypost.store.jdbc.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import io.waypost.platform.Caches;
import io.waypost.platform.Invalid;
import io.waypost.platform.Quotas;
import io.waypost.platform.WaypostProperties;
import io.waypost.platform.WaypostProperties.Quota;
import io.waypost.platform.clock.SteadyClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Counts what a tenant has, and from there on what this node lets it add. */
@Repository
class JdbcQuotas implements Quotas {

    /** After this it is counted again: others may have added or deleted. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    private static final int BYTES_EACH = 300;

    private final JdbcClient jdbc;
    private final SteadyClock clock;
    private final Quota quota;
    private final Cache<Key, Had> known = Caches.ofMebibytes(4, (_, _) -> BYTES_EACH);

    private record Key(Kind kind, String tenant) {}

    private record Had(long count, long characters, Instant at) {

        Had and(int more, long characters) {
            return new Had(count + more, this.characters + Math.max(0, characters), at);
        }
    }

    /** @param texts the setting of how long all texts together may be; null: only their number is bounded */
    private record Most(long count, @Nullable String texts, long characters) {

        boolean holds(Had had) {
            return had.count <= count && (texts == null || had.characters <= characters);
        }
    }

    JdbcQuotas(JdbcClient jdbc, Clock clock, WaypostProperties properties) {
        this.jdbc = jdbc;
        this.clock = SteadyClock.of(clock);
        this.quota = properties.quotas();
    }

    @Override
    public void requireRoom(Kind kind, String tenant, int more, long characters) {
        if (more <= 0 && characters <= 0) {
            return;
        }
        var key = new Key(kind, tenant);
        var most = most(kind);
        var now = clock.now();
        var had = known.getIfPresent(key);
        // Deleted meanwhile may be what fills it.
        if (had == null || !now.isBefore(had.at.plus(FRESH)) || !most.holds(had.and(more, characters))) {
            had = counted(kind, tenant, now);
        }
        var then = had.and(more, characters);
        if (!most.holds(then)) {
            throw new Invalid("", then.count > most.count ? tooMany(kind, most) : tooLong(kind, most));
        }
        known.put(key, then);
    }

    private static String tooMany(Kind kind, Most most) {
        return "is one too many: a tenant may have at most %,d %s (waypost.quotas.%s); delete one, or ask the operator"
                .formatted(most.count, kind.words(), kind.setting());
    }

    private static String tooLong(Kind kind, Most most) {
        return "makes the texts of all %s too long: a tenant may have at most %,d characters (waypost.quotas.%s); shorten or delete some, or ask the operator"
                .formatted(kind.words(), most.characters, most.texts);
    }

    private Most most(Kind kind) {
        return switch (kind) {
            case SUBSCRIPTIONS ->
                new Most(
                        quota.subscriptions(),
                        "subscription-texts",
                        quota.subscriptionTexts().toBytes());
            case CONNECTIONS -> new Most(quota.connections(), null, 0);
            case SOURCES -> new Most(quota.sources(), null, 0);
            case EVENT_TYPES ->
                new Most(quota.eventTypes(), "schemas", quota.schemas().toBytes());
            case KEYS -> new Most(quota.keys(), null, 0);
        };
    }

    private Had counted(Kind kind, String tenant, Instant now) {
        var statement =
                switch (kind) {
                    case SUBSCRIPTIONS -> """
                            select count(*), sum(char_length(events) + char_length(definition) + char_length(config))
                              from subscription
                             where tenant = :tenant
                               and not deleted
                            """;
                    case CONNECTIONS -> "select count(*), 0 from connection where tenant = :tenant and not deleted";
                    case SOURCES -> "select count(*), 0 from inbound_source where tenant = :tenant";
                    case EVENT_TYPES -> """
                            select count(*), sum(coalesce(char_length(data_schema), 0) + coalesce(char_length(example), 0))
                              from event_type
                             where tenant = :tenant
                            """;
                    case KEYS -> "select count(*), 0 from api_key where tenant = :tenant";
                };
        return jdbc.sql(statement)
                .param("tenant", tenant)
                .query((row, _) -> new Had(row.getLong(1), row.getLong(2), now))
                .single();
    }
}
