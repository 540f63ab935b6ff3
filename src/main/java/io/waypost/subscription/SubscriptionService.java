package io.waypost.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.ConnectorCatalog;
import io.waypost.connector.Credential;
import io.waypost.connector.Expressions;
import io.waypost.connector.Masking;
import io.waypost.connector.Message;
import io.waypost.connector.connection.Credentials;
import io.waypost.connector.webhook.SigningSecrets;
import io.waypost.event.Event;
import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.platform.Quotas;
import io.waypost.platform.Quotas.Kind;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import io.waypost.platform.WaypostProperties;
import io.waypost.subscription.Subscription.Definition;
import io.waypost.subscription.Subscription.SigningSecret;
import io.waypost.subscription.Subscription.State;
import io.waypost.subscription.SubscriptionStore.Made;
import io.waypost.subscription.Subscriptions.Check;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Service;

/** Checks, stores and explains; what it changes is in this node's index before it answers. */
@Service
class SubscriptionService implements Subscriptions {

    private static final Duration USUAL_GRACE = Duration.ofHours(24);
    private static final Duration MOST_GRACE = Duration.ofDays(30);
    private static final int MAX_TRIES = 10;

    private final SubscriptionStore store;
    private final SubscriptionIndex index;
    private final ConnectorCatalog connectors;
    private final Masking masking;
    private final Credentials credentials;
    private final Quotas quotas;
    private final Clock clock;
    private final DefinitionReader reader;
    private final DefinitionReader inside;
    private final Explanation explanation;

    SubscriptionService(
            SubscriptionStore store,
            SubscriptionIndex index,
            ConnectorCatalog connectors,
            Masking masking,
            Expressions expressions,
            Evaluations evaluations,
            Credentials credentials,
            WaypostProperties properties,
            Quotas quotas,
            Clock clock) {
        this.quotas = quotas;
        this.store = store;
        this.index = index;
        this.connectors = connectors;
        this.masking = masking;
        this.credentials = credentials;
        this.clock = clock;
        this.reader = new DefinitionReader(connectors, expressions, credentials, properties.retention());
        this.inside = new DefinitionReader(connectors.inside(), expressions, credentials, properties.retention());
        this.explanation = new Explanation(evaluations);
    }

    @Override
    public Subscription create(String tenant, JsonNode body) {
        var reading = read(tenant, body);
        requireRoom(reading.definition());
        return stored(reading, null).subscription();
    }

    private DefinitionReader.Reading read(String tenant, JsonNode body) {
        var connector = body.path("connector").asText(DefinitionReader.WEBHOOK);
        return reader.read(tenant, body, masking.stray(connector, body.path("config")));
    }

    @Override
    public Made createUnless(Predicate<Subscription> rival, String tenant, JsonNode body) {
        var reading = read(tenant, body);
        requireRoom(reading.definition());
        return stored(reading, rival);
    }

    private void requireRoom(Definition definition) {
        quotas.requireRoom(Kind.SUBSCRIPTIONS, definition.tenant(), DefinitionJson.length(definition));
    }

    private Made stored(DefinitionReader.Reading reading, @Nullable Predicate<Subscription> rival) {
        var now = clock.instant();
        var id = Ids.next("sub", now);
        var secrets = List.of(secret(reading));
        var made = rival == null
                ? new Made(store.create(id, reading.definition(), secrets, now), true)
                : store.createUnless(rival, id, reading.definition(), secrets, now);
        index.put(made.subscription());
        return made;
    }

    private static SigningSecret secret(DefinitionReader.Reading reading) {
        var own = reading.secret();
        return new SigningSecret(own != null ? own : SigningSecrets.generate(signing(reading.definition())), null);
    }

    @Override
    public Subscription get(String id) {
        return store.find(id).orElseThrow(() -> Refused.notFound(id.length() > 100 ? "The subscription" : id));
    }

    @Override
    public Subscription patch(String id, JsonNode patch, Consumer<Subscription> allowed) {
        var former = get(id);
        var changed = change(id, seen -> {
            allowed.accept(seen);
            var before = seen.definition();
            var violations = new Violations();
            // What the patch does not name is masked like what it names by its mask: neither was given again.
            var masked = masking.mask(before.connector(), before.config());
            var body = DefinitionJson.patched(seen, masked, patch, violations);
            if (body.get("config") instanceof ObjectNode config) {
                violations.addAll(masking.moved(
                        before.connector(),
                        before.config(),
                        body.path("connector").asText(),
                        config));
                body.set("config", masking.unmask(before.connector(), config, before.config()));
            }
            var definition = read(seen, body, violations, patch);
            quotas.requireRoom(
                    Kind.SUBSCRIPTIONS,
                    seen.tenant(),
                    0,
                    DefinitionJson.length(definition) - DefinitionJson.length(before));
            return store.update(seen, definition, fitting(seen, definition), clock.instant());
        });
        return changed.onBackup() && hasAnotherUrl(changed, former) ? atItsOwnUrl(changed) : changed;
    }

    private static boolean hasAnotherUrl(Subscription changed, Subscription former) {
        var url = former.definition().config().path("url");
        return !changed.definition().config().path("url").equals(url);
    }

    /** A new URL is worth another try; the backup stands in no longer. */
    private Subscription atItsOwnUrl(Subscription subscription) {
        var now = clock.instant();
        var back = store.changeState(subscription.no(), State.Kind.ACTIVE, State.activated(now), now);
        back.ifPresent(index::put);
        return back.orElse(subscription);
    }

    private Definition read(Subscription seen, ObjectNode body, List<Violation> violations, JsonNode patch) {
        var before = seen.definition();
        var samePlace = before.connector().equals(body.path("connector").asText())
                && before.config().equals(body.get("config"));
        // One of the gateway's own may be changed in how it is sent, but not in where.
        var itsReader = samePlace ? inside : reader;
        if (!samePlace) {
            violations.addAll(masking.stray(body.path("connector").asText(), body.path("config")));
        }
        try {
            return itsReader.read(seen.tenant(), body, violations).definition();
        } catch (Invalid e) {
            throw e.at(pointer -> DefinitionJson.inPatch(pointer, patch));
        }
    }

    /** Another kind of signature needs another kind of secret; the old one signs on for the usual grace. */
    private List<SigningSecret> fitting(Subscription seen, Definition definition) {
        var signing = signing(definition);
        var current = seen.secrets().isEmpty() ? "" : seen.secrets().getFirst().value();
        return signing.equals(signing(seen.definition())) || SigningSecrets.problem(signing, current) == null
                ? seen.secrets()
                : seen.rotated(SigningSecrets.generate(signing), USUAL_GRACE, clock.instant());
    }

    @Override
    public void delete(String id) {
        var subscription = get(id);
        store.delete(id, clock.instant());
        index.remove(subscription.no());
    }

    @Override
    public List<Subscription> list(SubscriptionStore.Query query) {
        return store.list(query);
    }

    @Override
    public Subscription rotateSecret(String id, @Nullable Duration grace) {
        var lasting = grace == null ? USUAL_GRACE : grace;
        if (lasting.isNegative() || lasting.compareTo(MOST_GRACE) > 0) {
            throw new Invalid("/grace", "must be from 0s to 30d");
        }
        return change(id, seen -> {
            var now = clock.instant();
            var secrets = seen.rotated(SigningSecrets.generate(signing(seen.definition())), lasting, now);
            return store.update(seen, seen.definition(), secrets, now);
        });
    }

    /** Makes a change, again if somebody else's came between. */
    private Subscription change(String id, Function<Subscription, Optional<Subscription>> change) {
        for (int i = 0; i < MAX_TRIES; i++) {
            var changed = change.apply(get(id).requireReadable());
            if (changed.isPresent()) {
                index.put(changed.get());
                return changed.get();
            }
        }
        throw Refused.conflict("The subscription is being changed by others; try again");
    }

    @Override
    public ObjectNode toJson(Definition definition) {
        return DefinitionJson.shown(definition, masking.mask(definition.connector(), definition.config()));
    }

    @Override
    public List<Violation> violations(String tenant, JsonNode body) {
        return violations(reader, tenant, body);
    }

    private static List<Violation> violations(DefinitionReader reader, String tenant, JsonNode body) {
        try {
            reader.read(tenant, body);
            return List.of();
        } catch (Invalid e) {
            return e.violations();
        }
    }

    @Override
    public List<Check> explain(Subscription subscription, Event event) {
        return explanation.of(subscription, event);
    }

    @Override
    public Preview preview(String tenant, JsonNode body, Event event) {
        var reading = reader.read(tenant, body);
        var now = clock.instant();
        var subscription = new Subscription(
                0, "sub_preview", 0, reading.definition(), State.ACTIVE, List.of(secret(reading)), now, now);
        var checks = explain(subscription, event);
        var wanted = checks.stream().allMatch(Check::passed);
        var connector = connectors.find(reading.definition().connector());
        return new Preview(
                checks,
                wanted && connector.isPresent() ? connector.get().prepare(message(subscription, event, now)) : null);
    }

    private Message message(Subscription subscription, Event event, Instant now) {
        var definition = subscription.definition();
        var plain = subscription
                .message(List.of(event), false, Ids.next("dlv", now), 1, false, now)
                .with(masked(definition));
        return definition.transform() == null
                ? plain
                : plain.transformed(
                        explanation.transformed(subscription.tenant(), definition.transform(), plain.input()));
    }

    /** A preview shows where the connection's credential goes, and not the credential. */
    private @Nullable Credential masked(Definition definition) {
        return Optional.ofNullable(definition.connection())
                .flatMap(id -> credentials.find(definition.tenant(), id))
                .map(Credential::masked)
                .orElse(null);
    }

    private static String signing(Definition definition) {
        return DefinitionReader.signing(definition.config());
    }

    @Bean
    Internal internalSubscriptions() {
        return new Inside();
    }

    /** For parts of the gateway itself. */
    private final class Inside implements Internal {

        @Override
        public Made createUnless(Predicate<Subscription> rival, String tenant, JsonNode body) {
            return stored(inside.read(tenant, body), rival);
        }

        @Override
        public List<Violation> violations(String tenant, JsonNode body) {
            return SubscriptionService.violations(inside, tenant, body);
        }

        @Override
        public Subscription replace(String id, ObjectNode fields) {
            return change(id, seen -> {
                var body = DefinitionJson.replaced(seen.definition(), fields);
                var definition = inside.read(seen.tenant(), body).definition();
                return definition.equals(seen.definition())
                        ? Optional.of(seen)
                        : store.update(seen, definition, seen.secrets(), clock.instant());
            });
        }
    }
}
