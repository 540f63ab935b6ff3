package io.waypost.tenancy;

import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.platform.Quotas;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import io.waypost.platform.clock.SteadyClock;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Service;

/** The service over all keys: says who makes a request, and gives out and takes back keys. */
@Service
public class ApiKeys {

    private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);

    /** How long a key that was taken back on another node may still work here. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    /** How long a key works while the database is away. */
    private static final Duration STALE = Duration.ofSeconds(60);

    /** While the database is away, how long nobody asks it again. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private static final int MOST_REMEMBERED = 10_000;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ApiKeyStore store;
    private final Tenants tenants;
    private final AdminKey adminKey;
    private final Quotas quotas;
    private final Clock clock;
    private final SteadyClock steady;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    private volatile Instant askAgain = Instant.MIN;

    private record Seen(Caller caller, Instant at) {

        boolean within(Duration age, Instant now) {
            return now.isBefore(at.plus(age));
        }
    }

    /** A new key, the only time its text is known. */
    public record Created(ApiKey key, String text) {}

    public ApiKeys(ApiKeyStore store, Tenants tenants, AdminKey adminKey, Quotas quotas, Clock clock) {
        this.quotas = quotas;
        this.store = store;
        this.tenants = tenants;
        this.adminKey = adminKey;
        this.clock = clock;
        this.steady = SteadyClock.of(clock);
    }

    /**
     * Whose key it is. A key taken back stops working at once on this node, and within 5 s on others; while the database is
     * away, keys used in the last minute go on working.
     *
     * @return empty for a key nobody has
     * @throws Refused (overloaded) if the database is away and the key was not used lately
     */
    public Optional<Caller> authenticate(String key) {
        if (adminKey.matches(key)) {
            return Optional.of(adminKey.caller());
        }
        var hash = Hashes.hex(key);
        var now = steady.now();
        var known = seen.get(hash);
        if (known != null && known.within(FRESH, now)) {
            return Optional.of(known.caller());
        }
        if (now.isBefore(askAgain)) {
            return Optional.of(stale(hash, now, null));
        }
        try {
            var found = store.findByHash(hash).map(ApiKey::caller);
            found.ifPresentOrElse(caller -> remember(hash, new Seen(caller, now)), () -> seen.remove(hash));
            return found;
        } catch (DataAccessException e) {
            askAgain = now.plus(PAUSE);
            log.warn("Keys cannot be looked up; those used lately work for a minute: {}", e.getMessage());
            return Optional.of(stale(hash, now, e));
        }
    }

    private Caller stale(String hash, Instant now, @Nullable DataAccessException cause) {
        var known = seen.get(hash);
        if (known != null && known.within(STALE, now)) {
            return known.caller();
        }
        var message = "Keys cannot be looked up right now";
        throw cause == null ? Refused.overloaded(message, PAUSE) : Refused.overloaded(message, PAUSE, cause);
    }

    private void remember(String hash, Seen entry) {
        if (seen.size() >= MOST_REMEMBERED && !seen.containsKey(hash)) {
            seen.values().removeIf(old -> !old.within(FRESH, entry.at()));
        }
        if (seen.size() < MOST_REMEMBERED || seen.containsKey(hash)) {
            seen.put(hash, entry);
        }
    }

    /**
     * @param name at most 200 characters
     * @param scopes at least one
     * @throws Invalid if either is not
     * @throws Refused (not found) if there is no such tenant
     */
    public Created create(String tenant, String name, Set<Scope> scopes) {
        requireTenant(tenant);
        var violations = new Violations();
        var fault = Texts.lineFault(name, Tenants.MAX_NAME);
        if (fault != null) {
            violations.add(new Violation("/name", fault));
        }
        if (scopes.isEmpty()) {
            violations.add(new Violation("/scopes", "must name at least one of publish, manage, read"));
        }
        Invalid.throwIfAny(violations);
        quotas.requireRoom(Quotas.Kind.KEYS, tenant, 0);
        var now = clock.instant();
        var key = new ApiKey(Ids.next("key", now), tenant, name, Set.copyOf(scopes), now);
        var text = newKey();
        store.create(key, Hashes.hex(text));
        return new Created(key, text);
    }

    /**
     * Newest first.
     *
     * @throws Refused (not found) if there is no such tenant
     */
    public List<ApiKey> list(String tenant) {
        requireTenant(tenant);
        return store.list(tenant);
    }

    /** @throws Refused (not found) if the tenant has no such key */
    public void delete(String tenant, String id) {
        requireTenant(tenant);
        var existed = store.delete(tenant, id);
        seen.values().removeIf(entry -> entry.caller().keyId().equals(id));
        if (!existed) {
            throw Refused.notFound("The key");
        }
    }

    private void requireTenant(String tenant) {
        if (!tenants.exists(tenant)) {
            throw Refused.notFound("The tenant");
        }
    }

    static String newKey() {
        var bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return "wp_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
