package io.waypost.store.jdbc.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waypost.connector.connection.Connection;
import io.waypost.connector.connection.Connection.Kind;
import io.waypost.connector.connection.ConnectionStore;
import io.waypost.connector.connection.ConnectionStore.Query;
import io.waypost.platform.Invalid;
import io.waypost.platform.Json;
import io.waypost.platform.Refused;
import io.waypost.platform.SecretBox;
import io.waypost.store.jdbc.SubscriptionRevisions;
import io.waypost.store.jdbc.TestDatabases;
import io.waypost.store.jdbc.TestStores;
import io.waypost.subscription.SubscriptionStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

class JdbcConnectionStoreTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

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

        private final JdbcClient jdbc;
        private final ConnectionStore store;
        private final SubscriptionStore subscriptions;

        OnJdbc(DataSource database) {
            jdbc = JdbcClient.create(database);
            var transactions = new JdbcTransactionManager(database);
            var revisions = new SubscriptionRevisions(jdbc);
            store = new JdbcConnectionStore(jdbc, transactions, revisions, new Turned());
            subscriptions = TestStores.subscriptions(database, new Turned());
        }

        private static ObjectNode config(String token) {
            return Json.object().put("token", token);
        }

        private Connection create(String id, String tenant) {
            return store.create(id, tenant, "CRM „key“", Kind.BEARER, config("geheim"), NOON);
        }

        @Test
        void whatIsStoredComesBackAndNothingSecretIsReadable() {
            var created = create("con_1", "acme");

            assertThat(store.find("con_1")).contains(created);
            assertThat(created)
                    .isEqualTo(new Connection(
                            created.no(),
                            "con_1",
                            created.revision(),
                            "acme",
                            "CRM „key“",
                            Kind.BEARER,
                            config("geheim"),
                            NOON,
                            NOON));
            assertThat(jdbc.sql("select * from connection").query().singleRow().toString())
                    .doesNotContain("geheim");
            assertThat(created.toString()).doesNotContain("geheim");
        }

        @Test
        void aChangeOfWhatHasChangedMeanwhileIsNone() {
            var seen = create("con_1", "acme");
            var changed = store.update(seen, "New", config("neu"), NOON.plusSeconds(1))
                    .orElseThrow();

            assertThat(changed.config()).isEqualTo(config("neu"));
            assertThat(changed.revision()).isGreaterThan(seen.revision());
            assertThat(changed.createdAt()).isEqualTo(NOON);
            assertThat(changed.updatedAt()).isEqualTo(NOON.plusSeconds(1));
            assertThat(store.update(seen, "Late", config("x"), NOON)).isEmpty();
        }

        @Test
        void listsAreNewestFirstByTenantAndKind() {
            var first = create("con_1", "acme");
            var second = create("con_2", "acme");
            create("con_3", "other");
            store.create("con_4", "acme", "Login", Kind.BASIC, Json.object(), NOON);

            assertThat(store.list(new Query("acme", Kind.BEARER, Long.MAX_VALUE, 10)))
                    .containsExactly(second, first);
            assertThat(store.list(new Query("acme", Kind.BEARER, second.no(), 10)))
                    .containsExactly(first);
            assertThat(store.list(new Query(null, null, Long.MAX_VALUE, 3))).hasSize(3);
        }

        @Test
        void othersLearnOfChangesInTheirOrderAndOfDeletions() {
            var first = create("con_1", "acme");
            var second = create("con_2", "acme");
            var changed = store.update(first, "New", config("neu"), NOON).orElseThrow();

            assertThat(store.changesAfter(0, 10))
                    .extracting(ConnectionStore.Change::connection)
                    .containsExactly(second, changed);
            assertThat(store.delete("con_2", NOON)).isZero();
            assertThat(store.changesAfter(changed.revision(), 10))
                    .singleElement()
                    .satisfies(change -> {
                        assertThat(change.id()).isEqualTo("con_2");
                        assertThat(change.connection()).isNull();
                    });
            assertThat(store.find("con_2")).isEmpty();
            assertThat(store.list(new Query("acme", null, Long.MAX_VALUE, 10))).containsExactly(changed);
        }

        @Test
        void oneThatIsUsedIsNotDeletedAndOneThatIsDeletedIsNotUsed() {
            create("con_1", "acme");
            create("con_2", "acme");
            TestStores.subscribe(subscriptions, "sub_1", "acme", "con_1");
            TestStores.subscribe(subscriptions, "sub_2", "acme", "con_1");

            assertThat(store.delete("con_1", NOON)).isEqualTo(2);
            assertThat(store.find("con_1")).isPresent();
            assertThat(subscriptions.find("sub_1").orElseThrow().definition().connection())
                    .isEqualTo("con_1");
            assertThat(store.delete("con_2", NOON)).isZero();
            for (var gone : new String[] {"con_2", "con_none"}) {
                assertThatThrownBy(() -> TestStores.subscribe(subscriptions, "sub_3", "acme", gone))
                        .isInstanceOf(Invalid.class);
            }
            assertThatThrownBy(() -> TestStores.subscribe(subscriptions, "sub_3", "other", "con_1"))
                    .as("another tenant's")
                    .isInstanceOf(Invalid.class);
            subscriptions.delete("sub_1", NOON);
            subscriptions.delete("sub_2", NOON);
            assertThat(store.delete("con_1", NOON)).isZero();
            assertThat(store.find("con_1")).isEmpty();
        }

        @Test
        void oneThatCannotBeReadSaysSoAndTheOthersGoOn() {
            create("con_1", "acme");
            var second = create("con_2", "acme");
            jdbc.sql("update connection set config = '%' where id = 'con_1'").update();

            var unreadable = store.find("con_1").orElseThrow();
            assertThat(unreadable.readable()).isFalse();
            assertThat(unreadable.config()).isEmpty();
            assertThat(store.list(new Query("acme", null, Long.MAX_VALUE, 10))).containsExactly(second, unreadable);
            assertThat(store.changesAfter(0, 10))
                    .extracting(ConnectionStore.Change::connection)
                    .containsExactly(unreadable, second);
            assertThatThrownBy(() -> store.update(unreadable, "New", config("neu"), NOON))
                    .isInstanceOf(Refused.class);
        }
    }

    /** Unreadable enough for a test. */
    private static final class Turned implements SecretBox {

        @Override
        public String seal(Place place, String text) {
            return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String open(Place place, String sealed) {
            return new String(Base64.getDecoder().decode(sealed), StandardCharsets.UTF_8);
        }

        @Override
        public String sign(String purpose, String text) {
            return purpose + text.hashCode();
        }
    }
}
