package io.waypost.connector.connection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.Masking;
import io.waypost.connector.UrlRules;
import io.waypost.connector.connection.Connection.Kind;
import io.waypost.connector.connection.ConnectionReader.Draft;
import io.waypost.connector.connection.Tokens.NoToken;
import io.waypost.connector.connection.Tokens.NoToken.Why;
import io.waypost.platform.Ids;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Quotas;
import io.waypost.platform.Refused;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Checks and stores; what it changes is in this node's index before it answers. */
@Service
final class ConnectionService implements Connections {

    private static final int MAX_TRIES = 10;

    /** The field of a config that says where its secret is sent; other kinds than {@code oauth2} have none. */
    private static final String PLACE = "tokenUrl";

    private static final List<String> SHOWN_ONLY = List.of("createdAt", "updatedAt", "check", "unreadable");

    private final ConnectionStore store;
    private final ConnectionIndex index;
    private final Tokens tokens;
    private final ConnectionReader reader;
    private final Quotas quotas;
    private final Clock clock;

    ConnectionService(
            ConnectionStore store, ConnectionIndex index, Tokens tokens, UrlRules urls, Quotas quotas, Clock clock) {
        this.quotas = quotas;
        this.store = store;
        this.index = index;
        this.tokens = tokens;
        this.reader = new ConnectionReader(urls, clock);
        this.clock = clock;
    }

    @Override
    public Saved create(String tenant, JsonNode body) {
        var draft = reader.read(body, new ArrayList<>());
        quotas.requireRoom(Quotas.Kind.CONNECTIONS, tenant, 0);
        var check = ask(draft.kind(), draft.config());
        var now = clock.instant();
        var created = store.create(Ids.next("con", now), tenant, draft.name(), draft.kind(), draft.config(), now);
        index.put(created);
        return new Saved(created, check);
    }

    @Override
    public Connection get(String id) {
        return store.find(id).orElseThrow(() -> Refused.notFound(id.length() > 100 ? "The connection" : id));
    }

    @Override
    public Saved patch(String id, JsonNode patch) {
        for (int i = 0; i < MAX_TRIES; i++) {
            var seen = get(id).requireReadable();
            var draft = patched(seen, patch);
            var check = draft.config().equals(seen.config()) ? null : ask(draft.kind(), draft.config());
            var changed = store.update(seen, draft.name(), draft.config(), clock.instant());
            if (changed.isPresent()) {
                index.put(changed.get());
                return new Saved(changed.get(), check);
            }
        }
        throw Refused.conflict("The connection is being changed by others; try again");
    }

    private Draft patched(Connection seen, JsonNode patch) {
        if (!(patch instanceof ObjectNode given)) {
            throw new Invalid("", "must be a JSON object");
        }
        var violations = new Violations();
        var changes = given.deepCopy();
        changes.remove(SHOWN_ONLY);
        for (var same : List.of("id", "tenant", "kind")) {
            var sent = changes.remove(same);
            if (sent != null && !sent.equals(toJson(seen).get(same))) {
                violations.add(new Violation("/" + same, "cannot be changed; make another connection"));
            }
        }
        var whole =
                Json.object().put("name", seen.name()).put("kind", seen.kind().code());
        whole.set("config", seen.config().deepCopy());
        changes.properties().forEach(field -> {
            if (field.getKey().equals("config") && field.getValue() instanceof ObjectNode config) {
                whole.set("config", merged(seen, config, violations));
            } else {
                whole.set(field.getKey(), field.getValue());
            }
        });
        return reader.read(whole, violations);
    }

    private static ObjectNode merged(Connection seen, ObjectNode changes, List<Violation> violations) {
        var config = seen.config().deepCopy();
        var secret = seen.kind().secret();
        var given = changes.path(secret);
        if ((given.isMissingNode() || Masking.MASK.equals(given.textValue())) && moves(seen, changes)) {
            violations.add(new Violation(
                    "/config/" + secret,
                    "must be given again: what is stored is not sent to where %s leads now".formatted(PLACE)));
        }
        changes.properties().forEach(field -> {
            var name = field.getKey();
            var kept =
                    name.equals(secret) && Masking.MASK.equals(field.getValue().textValue());
            if (field.getValue().isNull()) {
                config.remove(name);
            } else if (!kept) {
                config.set(name, field.getValue());
            }
        });
        return config;
    }

    /** Whether the gateway itself would send the secret elsewhere. Where a subscription sends it is for whoever makes that. */
    private static boolean moves(Connection seen, ObjectNode changes) {
        return changes.has(PLACE) && !changes.path(PLACE).equals(seen.config().path(PLACE));
    }

    @Override
    public void delete(String id) {
        get(id);
        var users = store.delete(id, clock.instant());
        if (users > 0) {
            throw Refused.conflict(
                    "%d %s this connection: give them another one (PATCH connection), take it off them (connection: null) or delete them first"
                            .formatted(users, users == 1 ? "subscription uses" : "subscriptions use"));
        }
        index.remove(id);
    }

    @Override
    public List<Connection> list(ConnectionStore.Query query) {
        return store.list(query);
    }

    /**
     * Asks the token endpoint, where there is one.
     *
     * @return null if there is nobody to ask
     * @throws Invalid if it denies the token; one that does not answer says nothing about the credentials
     */
    private @Nullable CheckResult ask(Kind kind, ObjectNode config) {
        if (kind != Kind.OAUTH2) {
            return null;
        }
        try {
            tokens.check(Connection.grant(config));
            return new CheckResult(true, "The token endpoint gave a token.");
        } catch (NoToken e) {
            if (e.why() == Why.DENIED) {
                throw new Invalid("/config", "must be credentials for which there is a token: " + e.getMessage());
            }
            return new CheckResult(false, "Stored, but not proved: " + e.getMessage());
        }
    }

    @Override
    public CheckResult check(String id) {
        var connection = get(id).requireReadable();
        return switch (connection.kind()) {
            case OAUTH2 -> checkToken(connection);
            case MTLS -> checkCertificate(connection, clock.instant());
            default ->
                new CheckResult(
                        true,
                        "The credential is well-formed. Only a receiver can tell more: send a test event of a subscription that uses it.");
        };
    }

    private CheckResult checkToken(Connection connection) {
        try {
            tokens.check(Connection.grant(connection.config()));
            return new CheckResult(true, "The token endpoint gave a token.");
        } catch (NoToken e) {
            return new CheckResult(false, "No token: " + e.getMessage());
        }
    }

    private static CheckResult checkCertificate(Connection connection, Instant now) {
        var config = connection.config();
        var certificate = config.path("certificate").asText();
        var found = ClientCertificates.violations(
                certificate,
                config.path("privateKey").asText(),
                config.path("ca").textValue(),
                now);
        return found.isEmpty()
                ? new CheckResult(
                        true,
                        "The certificate and its key belong together; it is valid until %s."
                                .formatted(ClientCertificates.end(certificate)))
                : new CheckResult(
                        false,
                        found.getFirst().pointer().substring(1) + " "
                                + found.getFirst().detail());
    }

    @Override
    public List<Violation> violations(JsonNode body) {
        return reader.violations(body);
    }

    @Override
    public ObjectNode toJson(Connection connection) {
        var json = Json.object()
                .put("id", connection.id())
                .put("tenant", connection.tenant())
                .put("name", connection.name())
                .put("kind", connection.kind().code());
        json.set("config", connection.masked());
        if (!connection.readable()) {
            json.put("unreadable", connection.unreadable());
        }
        return json.put("createdAt", connection.createdAt().toString())
                .put("updatedAt", connection.updatedAt().toString());
    }
}
