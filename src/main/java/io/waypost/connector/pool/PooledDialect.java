package io.waypost.connector.pool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Connector.CheckResult;
import io.waypost.connector.ConnectorDescription;
import io.waypost.connector.Credential;
import io.waypost.connector.Credential.Login;
import io.waypost.connector.Expressions;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.platform.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connector with pooled clients: shaped by expressions, one deadline over everything. */
final class PooledDialect<K, C extends Client, P> implements ClientDialect {

    private static final Logger LOG = LoggerFactory.getLogger(PooledDialect.class);
    private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);
    private static final String USERNAME = "username";
    private static final String PASSWORD = "password";

    private final Kind<K, C, P> kind;
    private final Shape shape;
    private final boolean takesLogin;
    private final Pool<Owned<K>, C> pool;
    private final Attempts attempts;

    PooledDialect(
            Kind<K, C, P> kind,
            ConnectorDescription connector,
            Expressions expressions,
            Pool<Owned<K>, C> pool,
            Attempts attempts) {
        this.kind = kind;
        this.shape = new Shape(connector.schema(), expressions);
        var fields = connector.schema().path("properties");
        this.takesLogin = fields.has(USERNAME) && fields.has(PASSWORD);
        this.pool = pool;
        this.attempts = attempts;
    }

    /** A destination of one tenant; another's is another, even with the same credentials. */
    record Owned<K>(String tenant, K destination) {}

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new ArrayList<>(shape.violations(config));
        found.addAll(kind.violations(config));
        return found;
    }

    @Override
    public Set<String> places() {
        return kind.places();
    }

    @Override
    public ObjectNode supplied(ObjectNode config, Credential credential) {
        if (!takesLogin) {
            return ClientDialect.super.supplied(config, credential);
        }
        if (credential instanceof Login(var username, var password)) {
            return config.deepCopy().put(USERNAME, username).put(PASSWORD, password);
        }
        throw new IllegalArgumentException("must be one of the kind basic for this connector");
    }

    @Override
    public Outcome send(Message message) {
        var started = System.nanoTime();
        var input = shape.of(message);
        var prepared = kind.prepare(input, message);
        var key = new Owned<>(message.event().tenant(), kind.destination(input.config(), message.timeout()));
        var left = message.timeout().minusNanos(System.nanoTime() - started);
        return attempts.within(
                left,
                () -> pool.use(key, client -> kind.send(client, prepared, message)),
                e -> Failures.ours(e) ? Failures.of(e) : kind.failure(e));
    }

    @Override
    public CheckResult check(ObjectNode given) {
        var problems = violations(given);
        if (!problems.isEmpty()) {
            var first = problems.getFirst();
            return new CheckResult(false, first.pointer() + " " + first.detail());
        }
        var config = shape.whole(given);
        var outcome = attempts.within(CHECK_LIMIT, () -> proved(config), kind::failure);
        return outcome instanceof Succeeded
                ? new CheckResult(true, "The credentials work; nothing was sent.")
                : new CheckResult(false, String.valueOf(outcome.detail()));
    }

    /** Only of places whose credentials stand in the config: one with a connection's closes when it is idle. */
    @Override
    public void release(String tenant, ObjectNode config, Duration timeout) {
        try {
            pool.release(new Owned<>(tenant, kind.destination(shape.whole(config), timeout)));
        } catch (RuntimeException e) {
            LOG.debug("Nothing is released, because the config names no place", e);
        }
    }

    private Outcome proved(ObjectNode config) throws Exception {
        var client = kind.open(kind.destination(config, CHECK_LIMIT));
        try {
            kind.prove(client, config);
            return new Succeeded(null, null);
        } finally {
            Pool.closeAside(List.of(client));
        }
    }
}
