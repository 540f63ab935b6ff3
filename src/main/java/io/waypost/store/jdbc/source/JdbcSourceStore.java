package io.waypost.store.jdbc.source;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.intake.source.Rejected;
import io.waypost.intake.source.Source;
import io.waypost.intake.source.SourceStore;
import io.waypost.platform.Ids;
import io.waypost.platform.Json;
import io.waypost.platform.SecretBox;
import io.waypost.platform.SecretBox.CannotOpen;
import io.waypost.platform.SecretBox.Place;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Inbound sources in the database; their secrets are sealed. */
@Repository
class JdbcSourceStore implements SourceStore {

    /** Greater than every id, with any collation of the database. */
    private static final String END = "zzzz";

    private static final String TOKEN = "token";
    private static final String SETTINGS = "settings";

    private final JdbcClient jdbc;
    private final SecretBox box;

    JdbcSourceStore(JdbcClient jdbc, SecretBox box) {
        this.jdbc = jdbc;
        this.box = box;
    }

    @Override
    public void create(Source source, String tokenHash) {
        jdbc.sql("""
                        insert into inbound_source (id, tenant, kind, name, token_hash, token, settings, created_at)
                        values (:id, :tenant, :kind, :name, :hash, :token, :settings, :createdAt)
                        """)
                .param("id", source.id())
                .param("tenant", source.tenant())
                .param("kind", source.kind())
                .param("name", source.name())
                .param("hash", tokenHash)
                .param("token", box.seal(place(source.id(), source.tenant(), TOKEN), source.token()))
                .param(
                        "settings",
                        box.seal(place(source.id(), source.tenant(), SETTINGS), Json.write(source.settings())))
                .param("createdAt", Ids.micros(source.createdAt()))
                .update();
    }

    @Override
    public Optional<Source> findByToken(String tokenHash) {
        return jdbc.sql("""
                        select id, tenant, kind, name, token, settings, created_at
                          from inbound_source
                         where token_hash = :hash
                        """)
                .param("hash", tokenHash)
                .query((row, _) -> source(row))
                .optional();
    }

    @Override
    public Optional<Source> find(String id) {
        return jdbc.sql("""
                        select id, tenant, kind, name, token, settings, created_at
                          from inbound_source
                         where id = :id
                        """).param("id", id).query((row, _) -> source(row)).optional();
    }

    /** Two statements, because H2 uses no index for a condition like {@code :tenant is null or tenant = :tenant}. */
    @Override
    public List<Source> list(@Nullable String tenant, @Nullable String before, int limit) {
        var statement = tenant == null ? jdbc.sql("""
                        select id, tenant, kind, name, token, settings, created_at
                          from inbound_source
                         where id < :before
                         order by id desc
                         limit :limit
                        """) : jdbc.sql("""
                        select id, tenant, kind, name, token, settings, created_at
                          from inbound_source
                         where tenant = :tenant
                           and id < :before
                         order by tenant desc, id desc
                         limit :limit
                        """).param("tenant", tenant);
        return statement
                .param("before", before == null ? END : before)
                .param("limit", limit)
                .query((row, _) -> source(row))
                .list();
    }

    @Override
    public boolean delete(String id) {
        return jdbc.sql("delete from inbound_source where id = :id")
                        .param("id", id)
                        .update()
                == 1;
    }

    @Override
    public void reject(Rejected rejected) {
        try {
            jdbc.sql("""
                            insert into inbound_rejected (id, source_id, at, reason, body)
                            values (:id, :source, :at, :reason, :body)
                            """)
                    .param("id", rejected.id())
                    .param("source", rejected.source())
                    .param("at", Ids.micros(rejected.at()))
                    .param("reason", rejected.reason())
                    .param("body", rejected.body())
                    .update();
        } catch (DataIntegrityViolationException e) {
            if (find(rejected.source()).isEmpty()) {
                return;
            }
            throw e;
        }
    }

    @Override
    public void trim(String source) {
        jdbc.sql("""
                        delete from inbound_rejected
                         where source_id = :source
                           and id <= (select id
                                        from inbound_rejected
                                       where source_id = :source
                                       order by id desc
                                      offset :most rows fetch next 1 rows only)
                        """).param("source", source).param("most", Rejected.MOST).update();
    }

    @Override
    public List<Rejected> rejected(String source, @Nullable String before, int limit) {
        return jdbc.sql("""
                        select id, source_id, at, reason, body
                          from inbound_rejected
                         where source_id = :source
                           and id < :before
                         order by id desc
                         limit :limit
                        """)
                .param("source", source)
                .param("before", before == null ? END : before)
                .param("limit", limit)
                .query((row, _) -> new Rejected(
                        row.getString(1),
                        row.getString(2),
                        Ids.instant(row.getLong(3)),
                        row.getString(4),
                        row.getString(5)))
                .list();
    }

    @Override
    public int purge(Instant olderThan, int most) {
        return jdbc.sql("""
                        delete from inbound_rejected
                         where id in (select id from inbound_rejected where at < :cutoff order by at limit :most)
                        """)
                .param("cutoff", Ids.micros(olderThan))
                .param("most", most)
                .update();
    }

    /** Never fails: if the token or the settings cannot be read, the source says that it is unreadable. */
    private Source source(ResultSet row) throws SQLException {
        var id = row.getString("id");
        var tenant = row.getString("tenant");
        String unreadable = null;
        var token = "";
        var settings = Json.object();
        try {
            token = box.open(place(id, tenant, TOKEN), row.getString(TOKEN));
            settings = (ObjectNode) Json.read(box.open(place(id, tenant, SETTINGS), row.getString(SETTINGS)));
        } catch (CannotOpen e) {
            unreadable = e.getMessage();
        } catch (RuntimeException _) {
            unreadable = "is damaged";
        }
        return new Source(
                id,
                tenant,
                row.getString("kind"),
                row.getString("name"),
                unreadable == null ? token : "",
                settings,
                Ids.instant(row.getLong("created_at")),
                unreadable);
    }

    private static Place place(String id, String tenant, String column) {
        return new Place("inbound_source", id, tenant, column);
    }
}
