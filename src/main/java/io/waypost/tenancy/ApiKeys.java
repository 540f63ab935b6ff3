package io.waypost.tenancy;

import io.waypost.platform.Fault;
import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.platform.Lookups;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/** The service over all keys: says who makes a request, and gives out and takes back keys. */
@Service
public class ApiKeys {

    private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);

    /** How long a key works that could not be looked up again since, because the database is away. */
    private static final Duration STALE = Duration.ofSeconds(60);

    /** While the database is away, how long nobody asks it again. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** How long who comes with a key that was not used lately waits for the database. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** A key that nobody has come with for so many looks, a minute or more, is forgotten. */
    private static final int MOST_UNUSED = 30;

    /** Keys that are looked up at once. */
    private static final int AT_ONCE = 1_000;

    private static final String AWAY = "Keys cannot be looked up right now";
    private static final int MOST_REMEMBERED = 10_000;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ApiKeyStore store;
    private final Tenants tenants;
    private final AdminKey adminKey;
    private final Quotas quotas;
    private final Clock clock;
    private final SteadyClock steady;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    private final Lookups<String, Optional<Caller>> lookups = new Lookups<>(PATIENCE);
    private final Fault fault = new Fault(
            log, "Keys cannot be looked up; those used lately work for a minute", "Keys can be looked up again");
    /** Keys taken back on this node: what was looked up before the latest may not be one any more. */
    private final AtomicLong takenBack = new AtomicLong();

    private volatile Instant askAgain = Instant.MIN;

    /**
     * @param at when the database said so
     * @param unused how often it has been looked up again since somebody came with it
     */
    private record Seen(Caller caller, Instant at, AtomicInteger unused) {

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
     * away, keys used in the last minute go on working. Answered from memory for what was used in the last minute.
     *
     * @return empty for a key nobody has
     * @throws Refused (overloaded) if the database is away and the key was not used lately
     */
    public Optional<Caller> authenticate(String key) {
        return authenticate(key, PATIENCE);
    }

    /** @param most how long to wait for the database if the key was not used lately */
    public Optional<Caller> authenticate(String key, Duration most) {
        var bytes = Hashes.sha256(key);
        if (adminKey.matches(bytes)) {
            return Optional.of(adminKey.caller());
        }
        var hash = Hashes.hexOf(bytes);
        var now = steady.now();
        var known = seen.get(hash);
        if (known != null && known.within(STALE, now)) {
            if (known.unused.get() != 0) {
                known.unused.set(0);
            }
            return Optional.of(known.caller());
        }
        if (now.isBefore(askAgain)) {
            throw Refused.overloaded(AWAY, PAUSE);
        }
        try {
            return lookups.ask(hash, most, () -> lookUp(hash));
        } catch (DataAccessException e) {
            askAgain = now.plus(PAUSE);
            fault.failed(e);
            throw Refused.overloaded(AWAY, PAUSE, e);
        }
    }

    private Optional<Caller> lookUp(String hash) {
        var before = takenBack.get();
        var now = steady.now();
        var found = store.findByHash(hash).map(ApiKey::caller);
        found.filter(_ -> takenBack.get() == before)
                .ifPresentOrElse(
                        caller -> remember(hash, new Seen(caller, now, new AtomicInteger())), () -> seen.remove(hash));
        fault.over();
        return found;
    }

    /** Looks up again what is remembered, and forgets what nobody has come with for a minute or so. */
    @Scheduled(fixedDelay = 2, timeUnit = TimeUnit.SECONDS)
    void follow() {
        seen.values().removeIf(key -> key.unused.incrementAndGet() > MOST_UNUSED);
        var used = List.copyOf(seen.keySet());
        for (int from = 0; from < used.size(); from += AT_ONCE) {
            var some = used.subList(from, Math.min(used.size(), from + AT_ONCE));
            var now = steady.now();
            var found = store.findByHashes(some);
            for (var hash : some) {
                var key = found.get(hash);
                // Not put back if it was taken back here meanwhile.
                seen.computeIfPresent(hash, (_, old) -> key == null ? null : new Seen(key.caller(), now, old.unused));
            }
        }
        fault.over();
    }

    private void remember(String hash, Seen entry) {
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
        takenBack.incrementAndGet();
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
