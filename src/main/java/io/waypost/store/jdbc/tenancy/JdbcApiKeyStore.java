package io.waypost.store.jdbc.tenancy;

import io.waypost.platform.Ids;
import io.waypost.tenancy.ApiKey;
import io.waypost.tenancy.ApiKeyStore;
import io.waypost.tenancy.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** API keys in the database, stored as hashes. */
@Repository
class JdbcApiKeyStore implements ApiKeyStore {

    private final JdbcClient jdbc;

    JdbcApiKeyStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void create(ApiKey key, String hash) {
        jdbc.sql("""
                        insert into api_key (id, tenant, name, scopes, hash, created_at)
                        values (:id, :tenant, :name, :scopes, :hash, :createdAt)
                        """)
                .param("id", key.id())
                .param("tenant", key.tenant())
                .param("name", key.name())
                .param("scopes", key.scopes().stream().sorted().map(Scope::code).collect(Collectors.joining(",")))
                .param("hash", hash)
                .param("createdAt", Ids.micros(key.createdAt()))
                .update();
    }

    @Override
    public Optional<ApiKey> findByHash(String hash) {
        return jdbc.sql("select id, tenant, name, scopes, created_at from api_key where hash = :hash")
                .param("hash", hash)
                .query((row, _) -> key(row))
                .optional();
    }

    @Override
    public Map<String, ApiKey> findByHashes(Collection<String> hashes) {
        var found = new HashMap<String, ApiKey>();
        if (!hashes.isEmpty()) {
            jdbc.sql("select hash, id, tenant, name, scopes, created_at from api_key where hash in (:hashes)")
                    .param("hashes", hashes)
                    .query(row -> {
                        found.put(row.getString("hash"), key(row));
                    });
        }
        return found;
    }

    @Override
    public List<ApiKey> list(String tenant) {
        return jdbc.sql("""
                        select id, tenant, name, scopes, created_at
                          from api_key
                         where tenant = :tenant
                         order by created_at desc, id desc
                        """).param("tenant", tenant).query((row, _) -> key(row)).list();
    }

    @Override
    public boolean delete(String tenant, String id) {
        return jdbc.sql("delete from api_key where tenant = :tenant and id = :id")
                        .param("tenant", tenant)
                        .param("id", id)
                        .update()
                == 1;
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getString("id"),
                row.getString("tenant"),
                row.getString("name"),
                scopes(row.getString("scopes")),
                Ids.instant(row.getLong("created_at")));
    }

    private static Set<Scope> scopes(String codes) {
        return Stream.of(codes.split(","))
                .flatMap(code -> Scope.of(code).stream())
                .collect(Collectors.toSet());
    }
}
