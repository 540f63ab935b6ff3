package io.waypost.store.jdbc.tenancy;

import io.waypost.platform.Ids;
import io.waypost.tenancy.IdempotencyStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Idempotency keys of requests in the database. Of concurrent requests with the same key, the unique key lets one insert
 * it.
 */
@Repository
class JdbcIdempotencyStore implements IdempotencyStore {

    private final JdbcClient jdbc;

    JdbcIdempotencyStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public boolean insert(Entry entry) {
        try {
            jdbc.sql("""
                            insert into idempotency_key (id, tenant, body_hash, token, seed, answer, bytes, started_at)
                            values (:id, :tenant, :bodyHash, :token, :seed, :answer, :bytes, :startedAt)
                            """)
                    .param("id", entry.id())
                    .param("tenant", entry.tenant())
                    .param("bodyHash", entry.bodyHash())
                    .param("token", entry.token())
                    .param("seed", entry.seed())
                    .param("answer", entry.answer())
                    .param("bytes", entry.bytes())
                    .param("startedAt", Ids.micros(entry.startedAt()))
                    .update();
            return true;
        } catch (DuplicateKeyException _) {
            return false;
        }
    }

    @Override
    public Optional<Entry> find(String id) {
        return jdbc.sql("""
                        select id, tenant, body_hash, token, seed, answer, started_at
                          from idempotency_key
                         where id = :id
                        """).param("id", id).query((row, _) -> entry(row)).optional();
    }

    @Override
    public boolean replace(long token, Entry entry) {
        return jdbc.sql("""
                                update idempotency_key
                                   set body_hash = :bodyHash, token = :token, seed = :seed, answer = :answer,
                                       bytes = :bytes, started_at = :startedAt
                                 where id = :id
                                   and token = :seen
                                """)
                        .param("bodyHash", entry.bodyHash())
                        .param("token", entry.token())
                        .param("seed", entry.seed())
                        .param("answer", entry.answer())
                        .param("bytes", entry.bytes())
                        .param("startedAt", Ids.micros(entry.startedAt()))
                        .param("id", entry.id())
                        .param("seen", token)
                        .update()
                == 1;
    }

    @Override
    public void delete(String id, long token) {
        jdbc.sql("delete from idempotency_key where id = :id and token = :token")
                .param("id", id)
                .param("token", token)
                .update();
    }

    @Override
    public int purge(Instant before) {
        return jdbc.sql("delete from idempotency_key where started_at < :before")
                .param("before", Ids.micros(before))
                .update();
    }

    @Override
    public int trim(String tenant, long most) {
        return jdbc.sql("""
                        delete from idempotency_key
                         where id in (select id
                                        from (select id,
                                                     sum(cast(bytes as bigint)) over (order by started_at desc, id) as taken
                                                from idempotency_key
                                               where tenant = :tenant
                                                 and (answer is not null or token = 0)) newest
                                       where taken > :most)
                        """).param("tenant", tenant).param("most", most).update();
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getString("id"),
                row.getString("tenant"),
                row.getString("body_hash"),
                row.getLong("token"),
                row.getLong("seed"),
                row.getString("answer"),
                Ids.instant(row.getLong("started_at")));
    }
}
