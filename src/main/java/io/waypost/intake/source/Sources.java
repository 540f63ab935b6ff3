package io.waypost.intake.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.platform.Quotas;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The service over all sources. */
@Service
public class Sources {

    public static final int LONGEST_NAME = 200;

    private static final int TOKEN_BYTES = 32;
    private static final int LONGEST_TOKEN = 100;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SourceStore store;
    private final SourceKinds kinds;
    private final SettingExpressions expressions;
    private final Quotas quotas;
    private final Clock clock;

    public Sources(SourceStore store, SourceKinds kinds, SettingExpressions expressions, Quotas quotas, Clock clock) {
        this.quotas = quotas;
        this.store = store;
        this.kinds = kinds;
        this.expressions = expressions;
        this.clock = clock;
    }

    /**
     * What is wrong with the settings of a source of this kind; pointers begin with {@code /settings}.
     *
     * @throws Refused (overloaded) while no route runs yet
     */
    public List<Violation> violations(String kind, ObjectNode settings) {
        var known = kinds.find(kind);
        if (known.isEmpty() && kinds.names().isEmpty()) {
            throw Refused.overloaded("The gateway is not ready yet", RETRY_AFTER);
        }
        if (known.isEmpty()) {
            return List.of(new Violation("/source", "must be one of " + String.join(", ", kinds.names())));
        }
        var violations = new Violations();
        for (var name : known.get().required()) {
            if (!settings.hasNonNull(name)) {
                violations.add(new Violation(at(name), "is required"));
            }
        }
        settings.properties().forEach(setting -> {
            var fault = fault(known.get(), setting.getKey(), setting.getValue());
            if (fault != null) {
                violations.add(new Violation(at(setting.getKey()), fault));
            }
        });
        return violations;
    }

    private @Nullable String fault(SourceKind kind, String name, JsonNode value) {
        if (!kind.names().contains(name)) {
            return "is no setting of %s; there are %s".formatted(kind.name(), String.join(", ", kind.names()));
        }
        if (value.isNull()) {
            return null;
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            return "must be a string that is not empty";
        }
        var text = value.textValue();
        if (name.equals(Source.ZONE) && !isZone(text)) {
            return "must be a time zone, like Europe/Berlin or +01:00";
        }
        var fault = kind.fault(name, text);
        return fault == null && kind.expressions().contains(name) ? expressions.fault(text) : fault;
    }

    private static boolean isZone(String text) {
        try {
            return ZoneId.of(text).getRules() != null;
        } catch (DateTimeException _) {
            return false;
        }
    }

    private static String at(String setting) {
        return "/settings/" + setting.replace("~", "~0").replace("/", "~1");
    }

    /**
     * Makes one with a token of its own.
     *
     * @param settings a field that is null counts as left out
     * @throws Invalid if {@link #violations} finds any
     */
    public Source create(String tenant, String kind, @Nullable String name, ObjectNode settings) {
        Invalid.throwIfAny(violations(kind, settings));
        quotas.requireRoom(Quotas.Kind.SOURCES, tenant, 0);
        var now = clock.instant();
        var given = settings.deepCopy();
        given.properties().removeIf(setting -> setting.getValue().isNull());
        var source = new Source(Ids.next("src", now), tenant, kind, name, newToken(), given, now);
        store.create(source, Digest.of(source.token()));
        return source;
    }

    /**
     * The source of an address.
     *
     * @throws Refused (not found), or (overloaded) if this node cannot read it: whoever posts is to try again
     */
    public Source at(String kind, String token) {
        var source = Optional.of(token)
                .filter(text -> text.length() <= LONGEST_TOKEN)
                .flatMap(text -> store.findByToken(Digest.of(text)))
                .filter(found -> found.kind().equals(kind))
                .orElseThrow(() -> Refused.notFound("This address"));
        if (!source.readable()) {
            throw Refused.unreadable("The source " + source.id(), source.unreadable());
        }
        return source;
    }

    /** @throws Refused (not found) */
    public Source get(String id) {
        return Optional.of(id)
                .filter(text -> text.length() <= 40 && text.indexOf('\0') < 0)
                .flatMap(store::find)
                .orElseThrow(() -> Refused.notFound("The source"));
    }

    /** Newest first; {@code before} is the id of the last one seen, or null. */
    public List<Source> list(@Nullable String tenant, @Nullable String before, int limit) {
        return store.list(tenant, before, limit);
    }

    /** @throws Refused (not found) */
    public void delete(Source source) {
        if (!store.delete(source.id())) {
            throw Refused.notFound("The source");
        }
    }

    private static String newToken() {
        var bytes = new byte[TOKEN_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
