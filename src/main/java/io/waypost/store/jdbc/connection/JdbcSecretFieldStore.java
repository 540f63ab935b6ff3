package io.waypost.store.jdbc.connection;

import io.waypost.connector.SecretFieldStore;
import java.util.Set;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Names of secret fields in the database; each is inserted once. */
@Repository
class JdbcSecretFieldStore implements SecretFieldStore {

    private final JdbcClient jdbc;

    JdbcSecretFieldStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Set<String> of(String connector) {
        return jdbc.sql("select field from secret_field where connector = :connector")
                .param("connector", connector)
                .query(String.class)
                .set();
    }

    @Override
    public void add(String connector, Set<String> fields) {
        for (var field : fields) {
            try {
                jdbc.sql("insert into secret_field (connector, field) values (:connector, :field)")
                        .param("connector", connector)
                        .param("field", field)
                        .update();
            } catch (DuplicateKeyException _) {
                // Another node has inserted it.
            }
        }
    }
}
