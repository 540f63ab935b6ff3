package io.waypost.store.jdbc.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.waypost.store.jdbc.TestDatabases;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class JdbcSecretFieldStoreTest {

    @Nested
    class OnH2 extends OnJdbc {

        OnH2() {
            super(TestDatabases.h2());
        }
    }

    @Nested
    class OnPostgres extends OnJdbc {

        OnPostgres() {
            super(TestDatabases.postgres());
        }
    }

    abstract static class OnJdbc {

        private final JdbcSecretFieldStore store;

        OnJdbc(DataSource database) {
            store = new JdbcSecretFieldStore(JdbcClient.create(database));
        }

        @Test
        void whatIsAddedStaysHoweverOftenItIsAdded() {
            store.add("acme", Set.of("token", "pin"));
            store.add("acme", Set.of("pin", "key"));
            store.add("other", Set.of("key"));
            store.add("other", Set.of());

            assertThat(store.of("acme")).containsExactlyInAnyOrder("token", "pin", "key");
            assertThat(store.of("other")).containsExactly("key");
            assertThat(store.of("nobody")).isEmpty();
        }
    }
}
