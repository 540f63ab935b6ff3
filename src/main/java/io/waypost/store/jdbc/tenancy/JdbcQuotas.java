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

/** Enforces quotas with a cached count of what a tenant has, to which this node adds what it admits. */
@Repository
class JdbcQuotas implements Quotas {

    /** How long a count is used; other nodes may have added or deleted meanwhile. */
    private static final Duration FRESH = Duration.ofSeconds(10);

    private static final int BYTES_EACH = 300;

    private final JdbcClient jdbc;
    private final SteadyClock clock;
    private final Quota quota;
    private final Cache<Key, Usage> known = Caches.ofMebibytes(4, (_, _) -> BYTES_EACH);

    private record Key(Kind kind, String tenant) {}

    private record Usage(long count, long characters, Instant at) {

        Usage plus(int more, long characters) {
            return new Usage(count + more, this.characters + Math.max(0, characters), at);
        }
    }

    /** @param texts the setting that bounds the length of all texts together; null if only their number is bounded */
    private record Limit(long count, @Nullable String texts, long characters) {

        boolean admits(Usage usage) {
            return usage.count <= count && (texts == null || usage.characters <= characters);
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
        var limit = limit(kind);
        var now = clock.now();
        var usage = known.getIfPresent(key);
        // Count again before refusing, because something may have been deleted.
        if (usage == null || !now.isBefore(usage.at.plus(FRESH)) || !limit.admits(usage.plus(more, characters))) {
            usage = counted(kind, tenant, now);
        }
        var then = usage.plus(more, characters);
        if (!limit.admits(then)) {
            throw new Invalid("", then.count > limit.count ? tooMany(kind, limit) : tooLong(kind, limit));
        }
        known.put(key, then);
    }

    private static String tooMany(Kind kind, Limit limit) {
        return "is one too many: a tenant may have at most %,d %s (waypost.quotas.%s); delete one, or ask the operator"
                .formatted(limit.count, kind.words(), kind.setting());
    }

    private static String tooLong(Kind kind, Limit limit) {
        return "makes the texts of all %s too long: a tenant may have at most %,d characters (waypost.quotas.%s); shorten or delete some, or ask the operator"
                .formatted(kind.words(), limit.characters, limit.texts);
    }

    private Limit limit(Kind kind) {
        return switch (kind) {
            case SUBSCRIPTIONS ->
                new Limit(
                        quota.subscriptions(),
                        "subscription-texts",
                        quota.subscriptionTexts().toBytes());
            case CONNECTIONS -> new Limit(quota.connections(), null, 0);
            case SOURCES -> new Limit(quota.sources(), null, 0);
            case EVENT_TYPES ->
                new Limit(quota.eventTypes(), "schemas", quota.schemas().toBytes());
            case KEYS -> new Limit(quota.keys(), null, 0);
        };
    }

    private Usage counted(Kind kind, String tenant, Instant now) {
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
                .query((row, _) -> new Usage(row.getLong(1), row.getLong(2), now))
                .single();
    }
}
