package io.waypost.store.jdbc.connection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.connection.Connection;
import io.waypost.connector.connection.Connection.Kind;
import io.waypost.connector.connection.ConnectionStore;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.platform.SecretBox;
import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.SecretBox.Place;
import io.waypost.store.jdbc.SubscriptionRevisions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Connections in the database. Their changes get revisions from the same sequence as those of subscriptions; its lock
 * prevents a subscription from using a connection while that is being deleted.
 */
@Repository
class JdbcConnectionStore implements ConnectionStore {

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final SubscriptionRevisions revisions;
    private final SecretBox box;

    JdbcConnectionStore(
            JdbcClient jdbc, PlatformTransactionManager transactions, SubscriptionRevisions revisions, SecretBox box) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.revisions = revisions;
        this.box = box;
    }

    @Override
    public Connection create(String id, String tenant, String name, Kind kind, ObjectNode config, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            jdbc.sql("""
                            insert into connection (id, revision, tenant, name, kind, config, created_at, updated_at)
                            values (:id, :revision, :tenant, :name, :kind, :config, :now, :now)
                            """)
                    .param("id", id)
                    .param("revision", revisions.next())
                    .param("tenant", tenant)
                    .param("name", name)
                    .param("kind", kind.name())
                    .param("config", sealed(id, tenant, config))
                    .param("now", Ids.micros(now))
                    .update();
            return find(id).orElseThrow();
        }));
    }

    @Override
    public Optional<Connection> find(String id) {
        return jdbc.sql("select * from connection where id = :id and deleted = false")
                .param("id", id)
                .query((row, _) -> connection(row))
                .optional();
    }

    @Override
    public Optional<Connection> update(Connection seen, String name, ObjectNode config, Instant now) {
        seen.requireReadable();
        return Objects.requireNonNull(transaction.execute(_ -> {
            var changed = jdbc.sql("""
                            update connection
                               set revision = :revision, name = :name, config = :config, updated_at = :now
                             where id = :id
                               and revision = :seen
                               and deleted = false
                            """)
                    .param("revision", revisions.next())
                    .param("name", name)
                    .param("config", sealed(seen.id(), seen.tenant(), config))
                    .param("now", Ids.micros(now))
                    .param("id", seen.id())
                    .param("seen", seen.revision())
                    .update();
            return changed == 1 ? find(seen.id()) : Optional.<Connection>empty();
        }));
    }

    @Override
    public int delete(String id, Instant now) {
        return Objects.requireNonNull(transaction.execute(_ -> {
            var revision = revisions.next();
            var users = jdbc.sql("select count(*) from subscription where connection = :id and deleted = false")
                    .param("id", id)
                    .query(Integer.class)
                    .single();
            if (users == 0) {
                jdbc.sql("""
                                update connection
                                   set deleted = true, revision = :revision, name = '', config = '', updated_at = :now
                                 where id = :id
                                   and deleted = false
                                """)
                        .param("revision", revision)
                        .param("now", Ids.micros(now))
                        .param("id", id)
                        .update();
            }
            return users;
        }));
    }

    /** Two statements, because H2 uses no index for a condition like {@code :tenant is null or tenant = :tenant}. */
    @Override
    public List<Connection> list(Query query) {
        var statement = query.tenant() == null ? jdbc.sql("""
                        select *
                          from connection
                         where deleted = false
                           and no < :before
                           and (cast(:kind as varchar) is null or kind = :kind)
                         order by no desc
                         limit :limit
                        """) : jdbc.sql("""
                        select *
                          from connection
                         where deleted = false
                           and tenant = :tenant
                           and no < :before
                           and (cast(:kind as varchar) is null or kind = :kind)
                         order by tenant desc, no desc
                         limit :limit
                        """).param("tenant", query.tenant());
        return statement
                .param("before", query.before())
                .param("kind", query.kind() == null ? null : query.kind().name())
                .param("limit", query.limit())
                .query((row, _) -> connection(row))
                .list();
    }

    @Override
    public List<Change> changesAfter(long revision, int most) {
        return jdbc.sql("""
                        select *
                          from connection
                         where revision > :revision
                         order by revision
                         limit :most
                        """)
                .param("revision", revision)
                .param("most", most)
                .query((row, _) -> new Change(
                        row.getString("id"),
                        row.getLong("revision"),
                        row.getBoolean("deleted") ? null : connection(row)))
                .list();
    }

    /** Never fails: if the config cannot be read, the connection says that it is unreadable. */
    private Connection connection(ResultSet row) throws SQLException {
        var id = row.getString("id");
        var tenant = row.getString("tenant");
        String unreadable = null;
        var config = Json.object();
        try {
            config = (ObjectNode) Json.read(box.open(place(id, tenant), row.getString("config")));
        } catch (CannotOpen e) {
            unreadable = e.getMessage();
        } catch (RuntimeException _) {
            unreadable = "is damaged";
        }
        return new Connection(
                row.getLong("no"),
                id,
                row.getLong("revision"),
                tenant,
                row.getString("name"),
                Kind.valueOf(row.getString("kind")),
                config,
                Ids.instant(row.getLong("created_at")),
                Ids.instant(row.getLong("updated_at")),
                unreadable);
    }

    private String sealed(String id, String tenant, ObjectNode config) {
        return box.seal(place(id, tenant), Json.write(config));
    }

    private static Place place(String id, String tenant) {
        return new Place("connection", id, tenant, "config");
    }
}
