package io.waypost.store.jdbc.connection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.connection.Connection;
import io.waypost.connector.connection.Connection.Kind;
import io.waypost.connector.connection.ConnectionStore;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.platform.SecretBox;
import io.waypost.store.jdbc.SubscriptionRevisions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Connections in the database. Their changes are numbered with those of subscriptions: the lock on the numbers lets no
 * subscription take up a connection while that is being deleted.
 */
@Repository
class JdbcConnectionStore implements ConnectionStore {

    private static final Logger log = LoggerFactory.getLogger(JdbcConnectionStore.class);

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
                    .param("config", sealed(config))
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
                    .param("config", sealed(config))
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

    /** Two statements, because H2 finds nothing by an index whose column may also be anything. */
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
                .query((row, _) -> new Change(row.getString("id"), row.getLong("revision"), readable(row)))
                .list();
    }

    /** One row that cannot be read is left out; the others go on. */
    private @Nullable Connection readable(ResultSet row) throws SQLException {
        if (row.getBoolean("deleted")) {
            return null;
        }
        try {
            return connection(row);
        } catch (RuntimeException e) {
            log.error("Connection {} cannot be read; what uses it fails", row.getString("id"), e);
            return null;
        }
    }

    private Connection connection(ResultSet row) throws SQLException {
        return new Connection(
                row.getLong("no"),
                row.getString("id"),
                row.getLong("revision"),
                row.getString("tenant"),
                row.getString("name"),
                Kind.valueOf(row.getString("kind")),
                (ObjectNode) Json.read(box.open(row.getString("config"))),
                Ids.instant(row.getLong("created_at")),
                Ids.instant(row.getLong("updated_at")));
    }

    private String sealed(ObjectNode config) {
        return box.seal(Json.write(config));
    }
}
