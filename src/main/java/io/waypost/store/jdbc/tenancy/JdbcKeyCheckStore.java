package io.waypost.store.jdbc.tenancy;

import io.waypost.platform.secret.KeyCheckStore;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The sealed text in the database that proves a secret key to be the right one. */
@Repository
class JdbcKeyCheckStore implements KeyCheckStore {

    private final JdbcClient jdbc;

    JdbcKeyCheckStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Optional<String> find() {
        return jdbc.sql("select sealed from key_check").query(String.class).optional();
    }

    @Override
    public void create(String sealed) {
        try {
            jdbc.sql("insert into key_check (id, sealed) values (1, :sealed)")
                    .param("sealed", sealed)
                    .update();
        } catch (DuplicateKeyException _) {
            // Another node was first; find() returns its text.
        }
    }

    @Override
    public void replace(String sealed) {
        jdbc.sql("update key_check set sealed = :sealed")
                .param("sealed", sealed)
                .update();
    }
}
