package io.waypost.store.jdbc.tenancy;

import io.waypost.platform.Ids;
import io.waypost.tenancy.Tenant;
import io.waypost.tenancy.TenantStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Tenants in the database. */
@Repository
class JdbcTenantStore implements TenantStore {

    private final JdbcClient jdbc;

    JdbcTenantStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Optional<Tenant> create(String id, @Nullable String name, Instant now) {
        try {
            jdbc.sql("""
                            insert into tenant (id, name, created_at)
                            values (:id, :name, :now)
                            """)
                    .param("id", id)
                    .param("name", name)
                    .param("now", Ids.micros(now))
                    .update();
        } catch (DuplicateKeyException _) {
            return Optional.empty();
        }
        return jdbc.sql("select no, id, name, created_at from tenant where id = :id")
                .param("id", id)
                .query((row, _) -> tenant(row))
                .optional();
    }

    @Override
    public boolean exists(String id) {
        return jdbc.sql("select 1 from tenant where id = :id")
                .param("id", id)
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    @Override
    public List<Tenant> list(long before, int limit) {
        return jdbc.sql("""
                        select no, id, name, created_at
                          from tenant
                         where no < :before
                         order by no desc
                         limit :limit
                        """)
                .param("before", before)
                .param("limit", limit)
                .query((row, _) -> tenant(row))
                .list();
    }

    private static Tenant tenant(ResultSet row) throws SQLException {
        return new Tenant(
                row.getLong("no"), row.getString("id"), row.getString("name"), Ids.instant(row.getLong("created_at")));
    }
}
