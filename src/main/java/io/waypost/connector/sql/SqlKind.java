package io.waypost.connector.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.Message;
import io.waypost.connector.Outcome;
import io.waypost.connector.Outcome.Succeeded;
import io.waypost.connector.pool.Destinations;
import io.waypost.connector.pool.Hosts;
import io.waypost.connector.pool.Kind;
import io.waypost.connector.pool.Shape.Input;
import io.waypost.platform.Violation;
import io.waypost.platform.Violations;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Runs one statement for each event. */
final class SqlKind implements Kind<Database, SqlClient, SqlKind.Bound> {

    private final Hosts hosts;
    private final Destinations destinations;
    private final boolean privateToo;

    SqlKind(Hosts hosts, Destinations destinations, boolean privateToo) {
        this.hosts = hosts;
        this.destinations = destinations;
        this.privateToo = privateToo;
    }

    /**
     * A statement with its values.
     *
     * @param again whether a row that is there already is as good as one that was put there
     */
    record Bound(String sql, List<JsonNode> values, boolean again) {}

    @Override
    public List<Violation> violations(ObjectNode config) {
        var found = new Violations();
        var problem = problem(config.path("url").asText());
        if (problem != null) {
            found.add(new Violation("/url", problem));
        }
        try {
            var binds = NamedStatement.parse(config.path("statement").asText()).binds();
            var given = config.path("parameters");
            for (var bind : new TreeSet<>(binds)) {
                if (!given.has(bind)) {
                    found.add(new Violation("/parameters/" + bind, "is required: the statement has a bind :" + bind));
                }
            }
            given.fieldNames().forEachRemaining(name -> {
                if (!binds.contains(name)) {
                    found.add(new Violation("/parameters/" + name, "is not used: the statement has no bind :" + name));
                }
            });
        } catch (IllegalArgumentException e) {
            found.add(new Violation("/statement", String.valueOf(e.getMessage())));
        }
        return found;
    }

    @Override
    public Set<String> places() {
        return Set.of("url");
    }

    @Override
    public Database destination(ObjectNode config, Duration limit) {
        return new Database(
                JdbcUrl.parse(config.path("url").asText()), text(config, "username"), text(config, "password"), limit);
    }

    @Override
    public SqlClient open(Database database) throws Exception {
        if (database.url().inMemory() && !privateToo) {
            throw new IllegalArgumentException(IN_MEMORY);
        }
        if (!database.url().inMemory()) {
            destinations.require(database.url().host(), database.url().effectivePort());
        }
        return SqlClient.connect(database, hosts, !privateToo);
    }

    @Override
    public Bound prepare(Input input, Message message) {
        var statement = NamedStatement.parse(input.config().path("statement").asText());
        var values = input.values("parameters");
        return new Bound(
                statement.sql(),
                statement.binds().stream()
                        .map(bind -> values.getOrDefault(bind, MissingNode.getInstance()))
                        .toList(),
                input.config().path("duplicate").asText().equals("done"));
    }

    @Override
    public Outcome send(SqlClient client, Bound bound, Message message) throws SQLException {
        try {
            var rows = client.execute(bound.sql(), bound.values());
            return new Succeeded(null, rows == 1 ? "1 row" : rows + " rows");
        } catch (SQLException e) {
            if (bound.again() && SqlFailures.isDuplicate(e)) {
                return new Succeeded(null, "the row is there already");
            }
            throw e;
        }
    }

    @Override
    public Outcome failure(Exception e) {
        return SqlFailures.of(e);
    }

    @Override
    public void prove(SqlClient client, ObjectNode config) throws SQLException {
        client.parse(NamedStatement.parse(config.path("statement").asText()).sql());
    }

    private static final String IN_MEMORY =
            "must not be in the gateway's own memory; set WAYPOST_ALLOW_PRIVATE_NETWORKS=true to allow it";

    private @Nullable String problem(String url) {
        try {
            var parsed = JdbcUrl.parse(url);
            if (parsed.inMemory()) {
                return privateToo ? null : IN_MEMORY;
            }
            var problem = hosts.problem(parsed.host());
            return problem == null ? destinations.problem(parsed.host(), parsed.effectivePort()) : problem;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static @Nullable String text(ObjectNode config, String field) {
        return config.hasNonNull(field) ? config.path(field).asText() : null;
    }
}
