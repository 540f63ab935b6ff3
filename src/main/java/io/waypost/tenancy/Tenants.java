package io.waypost.tenancy;

import io.waypost.platform.Invalid;
import io.waypost.platform.Lookups;
import io.waypost.platform.Refused;
import io.waypost.platform.Texts;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The service over all tenants. */
@Service
public class Tenants {

    /** The tenant of an admin key that names none. */
    public static final String DEFAULT = "default";

    public static final int MAX_NAME = 200;

    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    /** How long who asks for a tenant that is not known here waits for the database. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final int MOST_REMEMBERED = 100_000;

    private final TenantStore store;
    private final Clock clock;

    private final Lookups<String, Boolean> lookups = new Lookups<>(PATIENCE);

    /** Tenants are never deleted, so one that was seen exists. */
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    public Tenants(TenantStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Newest first; {@code before} is the {@link Tenant#no()} of the last one seen, or {@link Long#MAX_VALUE}. */
    public List<Tenant> list(long before, int limit) {
        return store.list(before, limit);
    }

    /**
     * @param id 1 to 63 of a-z, 0-9, {@code _} and {@code -}, beginning with a letter or digit
     * @param name at most 200 characters
     * @throws Invalid if either is not
     * @throws Refused (conflict) if there is one with this id
     */
    public Tenant create(String id, @Nullable String name) {
        var violations = new Violations();
        var idFault = idFault(id);
        if (idFault != null) {
            violations.add(new Violation("/id", idFault));
        }
        var fault = name == null ? null : Texts.lineFault(name, MAX_NAME);
        if (fault != null) {
            violations.add(new Violation("/name", fault));
        }
        Invalid.throwIfAny(violations);
        return store.create(id, name, clock.instant())
                .orElseThrow(() -> Refused.conflict("There is a tenant " + id + " already"));
    }

    /** What is wrong with an id, in words for its author; null if nothing is. */
    public static @Nullable String idFault(String id) {
        return ID.matcher(id).matches()
                ? null
                : "must be 1 to 63 of a-z, 0-9, _ and -, and begin with a letter or a digit";
    }

    /**
     * Asked for each event, so answered from memory once it was true.
     *
     * @throws org.springframework.dao.DataAccessException if that is not known yet and the database does not answer in time
     */
    public boolean exists(String id) {
        if (known.contains(id)) {
            return true;
        }
        if (!ID.matcher(id).matches() || !lookups.ask(id, () -> store.exists(id))) {
            return false;
        }
        if (known.size() < MOST_REMEMBERED) {
            known.add(id);
        }
        return true;
    }
}
